//! What is left to write, and what becomes of a batch that the kernel rejects: pure, like `plan`.

use std::collections::BTreeSet;

use super::error::{Act, Cause, Refusal, Remedy};
use super::nft::{Rejected, Rejection, SetId, Verb};
use super::plan::Op;

/// The same batch is sent at most this often.
const ATTEMPTS: usize = 3;

/// Batches on their way to the kernel.
///
/// A batch is applied entirely or not at all, so one bad element would take the others with it. It is left out
/// when the kernel names it, and cornered by halving the batch when it does not.
#[derive(Debug)]
pub(super) struct Work<'a> {
    /// The next batch is the last one.
    pending: Vec<&'a [Op]>,
    attempts: usize,
    full: BTreeSet<SetId>,
    refused: Vec<Refusal>,
}

/// What to do with a rejected batch.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Retry,
    LeaveOut(usize),
    Halve,
    Refuse,
    GiveUp,
}

impl<'a> Work<'a> {
    pub(super) fn new(batches: Vec<&'a [Op]>) -> Self {
        let mut pending = batches;
        pending.reverse();
        Self { pending, attempts: 0, full: BTreeSet::new(), refused: Vec::new() }
    }

    /// The next batch to be sent.
    pub(super) fn next(&mut self) -> Option<&'a [Op]> {
        loop {
            let ops = self.pending.pop()?;
            let hopeless = |op: &&Op| op.verb == Verb::Add && self.full.contains(&op.set);
            let (skipped, ops) = ops.split_at(ops.iter().take_while(hopeless).count());
            self.refused.extend(skipped.iter().map(|op| op.refusal(Cause::Full, None)));
            if !ops.is_empty() {
                return Some(ops);
            }
        }
    }

    /// Takes back a batch that was rejected, unless no part of it can succeed.
    pub(super) fn rejected(&mut self, ops: &'a [Op], rejection: Rejection) -> Result<(), Rejection> {
        let next = next(&rejection, ops.len(), self.attempts);
        self.attempts = if next == Next::Retry { self.attempts + 1 } else { 0 };
        match next {
            Next::Retry => self.pending.push(ops),
            Next::LeaveOut(index) => {
                let (before, rest) = ops.split_at(index);
                let (offender, behind) = rest.split_at(1);
                self.pending.extend([behind, before]);
                self.refuse(offender, &rejection);
            }
            Next::Halve => {
                let (left, right) = ops.split_at(ops.len() / 2);
                self.pending.extend([right, left]);
            }
            Next::Refuse => self.refuse(ops, &rejection),
            Next::GiveUp => return Err(rejection),
        }
        Ok(())
    }

    /// What the kernel would not take.
    pub(super) fn refused(self) -> Vec<Refusal> {
        self.refused
    }

    fn refuse(&mut self, ops: &[Op], rejection: &Rejection) {
        let full = rejection.cause == Cause::Full;
        // A removal adds the element first: where there is no place for that, it is not there.
        for op in ops.iter().filter(|op| !(full && op.verb == Verb::Remove)) {
            self.refused.push(op.refusal(rejection.cause, rejection.words.clone()));
            self.full.extend(full.then_some(op.set));
        }
    }
}

fn next(rejection: &Rejection, length: usize, attempts: usize) -> Next {
    let smaller = if length > 1 { Next::Halve } else { Next::Refuse };
    match (&rejection.subject, rejection.cause.remedy()) {
        (Rejected::Structure(Act::Commit), Remedy::Split) => smaller,
        (Rejected::Structure(act), remedy) if *act != Act::Commit || remedy != Remedy::Retry => Next::GiveUp,
        (_, Remedy::Retry) if attempts + 1 < ATTEMPTS => Next::Retry,
        (Rejected::Structure(_), _) => Next::GiveUp,
        (_, Remedy::Split) | (Rejected::SomeElement, _) => smaller,
        (Rejected::Element(index), _) if *index < length => Next::LeaveOut(*index),
        (Rejected::Element(_), _) => Next::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use super::super::nft::Side;
    use super::super::plan::Plan;
    use super::super::{Element, Scope};
    use super::*;

    fn ops(count: u8) -> Vec<Op> {
        let elements: Vec<Element> = (0..count)
            .map(|last| Element {
                network: std::net::IpAddr::from([203, 0, 113, last]).into(),
                scope: Scope::All,
                timeout: None,
            })
            .collect();
        Plan::writing(&elements, 0, Side::First).adds
    }

    fn rejection(cause: Cause, subject: Rejected) -> Rejection {
        Rejection { cause, subject, words: None }
    }

    /// Offers all of `ops` to a kernel that answers with `verdict`; what was accepted and what refused.
    fn offer(ops: &[Op], mut verdict: impl FnMut(&[Op]) -> Option<Rejection>) -> (Vec<Op>, Vec<Refusal>) {
        let mut work = Work::new(vec![ops]);
        let mut accepted = Vec::new();
        while let Some(batch) = work.next() {
            match verdict(batch) {
                None => accepted.extend_from_slice(batch),
                Some(rejection) => work.rejected(batch, rejection).unwrap(),
            }
        }
        (accepted, work.refused())
    }

    #[test]
    fn a_full_set_takes_what_fits_and_names_the_rest() {
        let ops = ops(20);
        let mut free = 7;
        let mut sent = 0;
        let (accepted, refused) = offer(&ops, |batch| {
            sent += 1;
            if batch.len() > free {
                return Some(rejection(Cause::Full, Rejected::Element(free)));
            }
            free -= batch.len();
            None
        });
        assert_eq!(accepted, ops[..7]);
        assert_eq!(refused.len(), 13);
        assert_eq!(refused[0], ops[7].refusal(Cause::Full, None));
        assert!(sent < 15, "{sent} batches");
    }

    #[test]
    fn a_named_offender_is_left_out_and_the_rest_sent_again() {
        let ops = ops(20);
        let bad = ops[11];
        let (accepted, refused) = offer(&ops, |batch| {
            let index = batch.iter().position(|op| *op == bad)?;
            Some(rejection(Cause::Unsupported, Rejected::Element(index)))
        });
        assert_eq!(accepted.len(), 19);
        assert_eq!(refused, [bad.refusal(Cause::Unsupported, None)]);
    }

    #[test]
    fn an_offender_that_the_kernel_does_not_name_is_cornered() {
        let ops = ops(20);
        let bad = ops[11];
        let (accepted, refused) = offer(&ops, |batch| {
            batch.contains(&bad).then(|| rejection(Cause::Unsupported, Rejected::SomeElement))
        });
        assert_eq!(accepted.len(), 19);
        assert_eq!(refused, [bad.refusal(Cause::Unsupported, None)]);
    }

    #[test]
    fn a_batch_that_is_too_large_for_the_socket_is_halved_until_it_fits() {
        let ops = ops(20);
        let (accepted, refused) = offer(&ops, |batch| {
            (batch.len() > 3).then(|| rejection(Cause::TooLarge, Rejected::Structure(Act::Commit)))
        });
        assert_eq!(accepted, ops);
        assert!(refused.is_empty());
    }

    #[test]
    fn a_stale_batch_is_sent_three_times_and_then_given_up() {
        let ops = ops(2);
        let mut work = Work::new(vec![&ops]);
        let stale = || rejection(Cause::Stale, Rejected::Structure(Act::Commit));
        for _ in 0..2 {
            let batch = work.next().unwrap();
            work.rejected(batch, stale()).unwrap();
        }
        let batch = work.next().unwrap();
        assert_eq!(work.rejected(batch, stale()), Err(stale()));
    }

    #[test]
    fn a_missing_set_is_no_matter_of_elements() {
        let ops = ops(2);
        let mut work = Work::new(vec![&ops]);
        let gone = rejection(Cause::Missing, Rejected::Structure(Act::Create("elements".into())));
        let batch = work.next().unwrap();
        assert_eq!(work.rejected(batch, gone.clone()), Err(gone));
    }
}
