//! How a log may be packed on its way.

/// A content coding (RFC 9110, section 8.4.1) that our servers offer and our clients understand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Zstandard (RFC 9659).
    Zstd,
    /// gzip (RFC 1952).
    Gzip,
}

impl Coding {
    /// All of them, the best first.
    pub const ALL: [Self; 2] = [Self::Zstd, Self::Gzip];

    /// Its name in HTTP.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    /// The one of this name, in whatever case; `x-gzip` is an old name of gzip.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = if name.eq_ignore_ascii_case("x-gzip") { Self::Gzip.name() } else { name };
        Self::ALL.into_iter().find(|coding| coding.name().eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_has_its_names_in_any_case_and_no_other() {
        for coding in Coding::ALL {
            assert_eq!(Coding::named(coding.name()), Some(coding));
            assert_eq!(Coding::named(&coding.name().to_uppercase()), Some(coding));
        }
        assert_eq!(Coding::named("X-Gzip"), Some(Coding::Gzip));
        for other in ["", "identity", "br", "gzipped", "zstd,gzip"] {
            assert_eq!(Coding::named(other), None, "{other}");
        }
    }
}
