//! The whole path on real parts: kernel, OpenSSH, TLS, the ledger program and the agent's own binary.
//!
//! These tests make network namespaces, so they run as root: `make test` sees to it.

mod allowlist;
mod behind_a_proxy;
mod clock;
mod connections;
mod daemon_down;
mod damaged_database;
mod dry_reading;
mod exchange;
mod found_logs;
mod full_disk;
mod garbage;
mod garbage_in_a_list;
mod hostile_posts;
mod hostile_user_name;
mod interference;
mod ipv6;
mod kill;
mod knocking;
mod lab;
mod leave;
mod likers;
mod logged_packets;
mod lying_endpoint;
mod mirrors;
mod monitoring;
mod moving_address;
mod observe;
mod one_attack;
mod own_address;
mod preview;
mod publish;
mod repeat_offender;
mod restart;
mod scene;
mod second_thoughts;
mod silent_log;
mod standalone;
mod syslog;
mod two_agents;
mod two_words;
mod unreachable_peer;
mod upkeep;
mod whole_life;
