//! Why the program refused, numbered from 6000 as Anchor numbers a program's own errors.

use crate::{account::LayoutError, url::UrlError};
use core::{error::Error, fmt};

macro_rules! errors {
    ($($code:literal $name:ident $message:literal,)+) => {
        /// An error of the Sentinel program; its number is the transaction's custom error code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        pub enum SentinelError {
            $(#[doc = $message] $name = $code,)+
        }

        impl SentinelError {
            /// Every error, by number.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The number that a transaction reports.
            pub const fn code(self) -> u32 {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// The name, as the IDL has it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }

            /// The error in words, for a user.
            pub const fn message(self) -> &'static str {
                match self {
                    $(Self::$name => $message,)+
                }
            }
        }

        impl TryFrom<u32> for SentinelError {
            type Error = UnknownError;

            fn try_from(code: u32) -> Result<Self, UnknownError> {
                match code {
                    $($code => Ok(Self::$name),)+
                    _ => Err(UnknownError(code)),
                }
            }
        }
    };
}

errors! {
    6000 UrlTooLong "the URL is longer than 200 bytes",
    6001 InvalidUrl "the URL is not a printable http:// or https:// address",
    6002 NotPeer "the account is not an active peer of the network",
    6003 AlreadyPeer "this user has joined the network already",
    6004 CannotLikeSelf "nobody likes their own post",
    6005 AlreadyLiked "this peer has liked this post already",
    6006 AlreadyPosted "this owner has posted this malicious log already",
    6007 AlreadyInitialized "the network has been initialized already",
    6008 AuthorityRequired "only the network's authority may grant karma to a founder",
    6009 InvalidParameters "a cycle must last at least one second and an opinion weigh 1 to 127",
    6010 ArithmeticOverflow "a number left its range",
    6011 UnknownInstruction "the program has no such instruction",
    6012 InvalidInstruction "the instruction's data is malformed",
    6013 NotEnoughAccounts "the instruction needs more accounts",
    6014 MissingSignature "an account that must sign has not signed",
    6015 NotWritable "an account that changes is not writable",
    6016 WrongAddress "an account is not the one that its seeds lead to",
    6017 WrongOwner "an account belongs to another program",
    6018 WrongAccount "an account holds something other than what the instruction needs",
    6019 WrongProgram "a program account is not the program that it should be",
    6020 AlreadyMirrored "this peer mirrors this post already",
    6021 TooManyMirrors "the post has as many mirrors as one can have",
    6022 NotMirrored "this peer does not mirror this post at this URL",
    6023 OutsideEndpoint "a mirror's URL must lie under its peer's endpoint",
    6024 ForeignMirror "only its peer and the post's owner may withdraw a mirror",
    6025 CannotDisputeSelf "nobody disputes their own post",
    6026 AlreadyDisputed "this peer has disputed this post already",
    6027 NoPost "there is no such post, or it has been retired",
    6028 PostTooOld "the post's cycle and the next are over, so nobody likes, disputes or mirrors it any more",
    6029 Retracted "the post has been retracted",
    6030 ForeignPost "only its owner may retract or retire a post",
    6031 StillMirrored "the post's mirrors must be withdrawn before it is retired",
    6032 NoVerdict "there is no such like or dispute, or it has been closed",
    6033 StillCounted "the post's cycles are not over, so it stays, with its likes and disputes",
    6034 CycleNotOver "the cycle is not over",
    6035 TooSoon "a peer leaves no sooner than a cycle after its last post",
}

impl fmt::Display for SentinelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl Error for SentinelError {}

impl From<UrlError> for SentinelError {
    fn from(error: UrlError) -> Self {
        match error {
            UrlError::TooLong => Self::UrlTooLong,
            UrlError::Empty | UrlError::NotPrintable | UrlError::NotHttp => Self::InvalidUrl,
        }
    }
}

/// What a malformed account means to the program. (A malformed *instruction* is
/// [`SentinelError::InvalidInstruction`]; see [`Instruction::decode`](crate::Instruction::decode).)
impl From<LayoutError> for SentinelError {
    fn from(_: LayoutError) -> Self {
        Self::WrongAccount
    }
}

/// A custom error code that is none of the program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownError(pub u32);

impl fmt::Display for UnknownError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no error code of the Sentinel program", self.0)
    }
}

impl Error for UnknownError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_numbered_from_6000_without_gaps_and_found_by_number() {
        for (code, error) in (6000..).zip(SentinelError::ALL) {
            assert_eq!(error.code(), code, "{}", error.name());
            assert_eq!(SentinelError::try_from(code), Ok(*error));
        }
    }

    #[test]
    fn a_foreign_number_is_no_error_of_ours() {
        for code in [0, 5999, 6036, u32::MAX] {
            assert_eq!(SentinelError::try_from(code), Err(UnknownError(code)));
        }
    }
}
