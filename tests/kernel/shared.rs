//! Many tasks, one firewall.

use sentinel_agent::kernel::{Counted, Health, KernelError, Options, Population, Scope, spawn};
use sentinel_tests::lab::private_network;
use tokio::runtime::Builder;

use crate::support::{add, element, names, network, table_of_eight};

/// Runs `task` in a private network.
fn run<T>(task: impl Future<Output = T>) -> T {
    private_network().unwrap();
    Builder::new_current_thread().enable_all().build().unwrap().block_on(task)
}

#[test]
fn changes_of_many_tasks_all_arrive() {
    run(async {
        let firewall = spawn(Options::default(), &[]).unwrap();
        let tasks: Vec<_> = (0..200)
            .map(|last| {
                let firewall = firewall.clone();
                tokio::spawn(async move { firewall.apply(vec![add(&format!("203.0.113.{last}"))]).await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(names("blocked4").len(), 200);
    });
}

#[test]
fn each_task_hears_only_of_its_own_refusals() {
    run(async {
        table_of_eight();
        let firewall = spawn(Options::default(), &[]).unwrap();
        let bad = firewall.apply((1..=10).map(|last| add(&format!("203.0.113.{last}"))).collect());
        let good = firewall.apply(vec![add("2001:db8::7")]);
        let (bad, good) = tokio::join!(bad, good);
        assert!(matches!(bad, Err(KernelError::Elements(refused)) if refused.len() == 2));
        good.unwrap();
        assert_eq!(names("blocked6"), ["2001:db8::7"]);
    });
}

#[test]
fn the_handle_replaces_allows_checks_and_counts() {
    run(async {
        let firewall = spawn(Options { counters: true, ..Options::default() }, &[]).unwrap();
        firewall.apply(vec![add("203.0.113.7")]).await.unwrap();
        firewall.replace(vec![element("203.0.113.8", Scope::All)], Vec::new()).await.unwrap();
        firewall.allow(vec![network("192.0.2.0/24")]).await.unwrap();
        let expected = Population { scope: Scope::All, ipv4: true, prefix: 32, elements: 1 };
        assert_eq!(firewall.submit_check(vec![expected]).await.applied().await.unwrap(), Health::Intact);
        assert_eq!(names("blocked4"), ["203.0.113.8"]);
        assert_eq!(names("allowed4"), ["192.0.2.0/24"]);
        let counted = firewall.counted(network("203.0.113.8"), Scope::All).await.unwrap();
        assert_eq!(counted, Some(Counted::default()));
    });
}
