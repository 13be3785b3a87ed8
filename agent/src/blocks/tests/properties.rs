use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::Block;

/// Networks of both families and several lengths, inside each other and apart.
const NETWORKS: [&str; 6] = [
    "203.0.113.7/32",
    "203.0.113.8/32",
    "203.0.113.0/24",
    "198.51.100.0/25",
    "2001:db8:7::/64",
    "2001:db8:7::1/128",
];

#[derive(Clone, Debug)]
enum Step {
    Add(usize, u8, i64),
    Retract(usize, u8),
    Pass(i64),
    SetClock(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..NETWORKS.len(), 0..5u8, 1..60i64).prop_map(|(network, origin, lasts)| Step::Add(network, origin, lasts)),
        1 => (0..NETWORKS.len(), 0..5u8).prop_map(|(network, origin)| Step::Retract(network, origin)),
        2 => (0..30i64).prop_map(Step::Pass),
        1 => (-100_000..100_000i64).prop_map(Step::SetClock),
    ]
}

fn origin(number: u8, since: i64, until: i64) -> Reason {
    match number {
        0 => local(since, until),
        1 => Reason { since: at(since), ..manual("", until) },
        post => Reason { since: at(since), ..peer(post, until) },
    }
}

/// What a kernel holds that was told all changes and times its elements out by itself.
#[derive(Debug, Default)]
struct Kernel(BTreeMap<(IpNetwork, Scope), Timestamp>);

impl Kernel {
    /// Each change must change something.
    fn told(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Enforce { network, scope, until } => {
                    assert_ne!(self.0.insert((network, scope), until), Some(until), "nothing new");
                }
                Change::Release { network, scope } => {
                    assert!(self.0.remove(&(network, scope)).is_some(), "nothing to release");
                }
            }
        }
    }

    fn is_in_force(&self, network: IpNetwork) -> bool {
        [Scope::All, Scope::Inbound].iter().any(|scope| self.0.contains_key(&(network, *scope)))
    }
}

/// A set, the kernel that hears of it, and a plain account of what should be in both.
struct World {
    now: i64,
    set: BlockSet,
    kernel: Kernel,
    /// By network and origin: since and until.
    reasons: BTreeMap<(IpNetwork, u8), (i64, i64)>,
}

impl World {
    fn new(of_peers: Scope) -> Self {
        Self { now: 0, set: BlockSet::new(of_peers), kernel: Kernel::default(), reasons: BTreeMap::new() }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Add(network, number, lasts) => {
                let network = guarded(NETWORKS[network]);
                let until = self.now + lasts;
                let (changes, _) = self.set.add(network, origin(number, self.now, until));
                self.kernel.told(changes);
                let reason = self.reasons.entry((network.network(), number)).or_insert((self.now, until));
                reason.1 = reason.1.max(until);
            }
            Step::Retract(network, number) => {
                let network = NETWORKS[network].parse().unwrap();
                let goes = origin(number, 0, 0).origin;
                let (changes, gone) = self.set.retract(network, |origin| *origin == *goes);
                let was_blocked = self.reasons.contains_key(&(network, number));
                assert_eq!(gone.len(), usize::from(was_blocked));
                self.kernel.told(changes);
                self.reasons.remove(&(network, number));
            }
            Step::Pass(seconds) => {
                self.now += seconds;
                let now = at(self.now);
                self.kernel.0.retain(|_, until| *until > now);
                self.set.expire(now, ALL);
                self.reasons.retain(|_, (_, until)| *until > self.now);
            }
            Step::SetClock(by) => {
                self.now += by;
                self.set.clock_set(seconds(by));
                self.kernel.0.values_mut().for_each(|until| *until += seconds(by));
                self.reasons
                    .values_mut()
                    .for_each(|(since, until)| (*since, *until) = (*since + by, *until + by));
            }
        }
    }

    fn check(&mut self) {
        let desired: BTreeMap<_, _> = self
            .set
            .desired()
            .map(|change| match change {
                Change::Enforce { network, scope, until } => ((network, scope), until),
                Change::Release { .. } => panic!("a release is not desired"),
            })
            .collect();
        assert_eq!(desired, self.kernel.0, "the kernel holds what is desired");
        let mut blocks: BTreeMap<IpNetwork, (i64, i64, usize)> = BTreeMap::new();
        for ((network, _), (since, until)) in &self.reasons {
            let block = blocks.entry(*network).or_insert((*since, *until, 0));
            *block = (block.0.min(*since), block.1.max(*until), block.2 + 1);
        }
        let found: BTreeMap<_, _> = self.set.iter().map(|block| (block.network, summary(&block))).collect();
        let expected = blocks
            .iter()
            .map(|(network, (since, until, reasons))| (*network, (at(*since), at(*until), *reasons)));
        assert_eq!(found, expected.collect(), "blocks are the union of their reasons");
        assert!(found.keys().all(|network| self.kernel.is_in_force(*network)), "each is in force");
        self.check_counts();
    }

    fn check_counts(&mut self) {
        for ahead in [0, 20] {
            let mut elements: BTreeMap<(Scope, bool, u8), usize> = BTreeMap::new();
            for ((network, scope), _) in
                self.kernel.0.iter().filter(|(_, until)| **until > at(self.now + ahead))
            {
                *elements.entry((*scope, network.is_ipv4(), network.prefix())).or_default() += 1;
            }
            let counted = self.set.population(at(self.now + ahead), ALL).unwrap().into_iter();
            let counted = counted.map(|of| ((of.scope, of.ipv4, of.prefix), of.elements));
            assert_eq!(counted.collect::<BTreeMap<_, _>>(), elements);
        }
        for class in [SourceClass::Local, SourceClass::Manual, SourceClass::Peer] {
            assert_eq!(
                self.set.count(class),
                self.set.iter().filter(|block| block.source() == class).count()
            );
        }
    }
}

fn summary(block: &Block) -> (Timestamp, Timestamp, usize) {
    (block.since(), block.until(), block.reasons.len())
}

proptest! {
    #[test]
    fn whatever_happens_the_kernel_is_told_exactly_what_should_be_in_force(
        steps in proptest::collection::vec(step(), 1..60),
        inbound in any::<bool>(),
    ) {
        let mut world = World::new(if inbound { Scope::Inbound } else { Scope::All });
        for step in &steps {
            world.take(step);
            world.check();
        }
    }

    #[test]
    fn a_network_that_is_blocked_and_let_go_again_and_again_is_forgotten_in_time(
        ends in proptest::collection::vec(1..50i64, 2000..3000),
    ) {
        let mut set = BlockSet::new(Scope::Inbound);
        for end in &ends {
            set.add(guarded(NETWORKS[0]), manual("", *end));
            set.retract(NETWORKS[0].parse().unwrap(), |_| true);
        }
        set.add(guarded(NETWORKS[0]), manual("", 50));
        prop_assert_eq!(set.expire(at(49), usize::MAX), vec![]);
        prop_assert_eq!(set.expire(at(50), usize::MAX).len(), 1);
    }
}
