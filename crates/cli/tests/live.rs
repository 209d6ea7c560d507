//! The program against a real API server on loopback, loaded with an application.
//!
//! The server is the program in the folder that `S2A_APISERVER` names, by default `../shared/apiserver` beside the
//! repository; it needs Go and kubectl. Where it cannot start, every test is reported as ignored with the reason.

#![expect(clippy::unwrap_used, reason = "a program that cannot be started fails the test")]

#[path = "live/server.rs"]
mod server;
#[path = "live/trials.rs"]
mod trials;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};
use server::Server;

type Test = fn(&Server) -> Result<(), libtest_mimic::Failed>;

const TESTS: &[(&str, Test)] = &[
    ("a backup converts as the cluster does", trials::a_backup_converts_as_the_cluster_does),
    ("a backup is whole until it is touched", trials::a_backup_is_whole_until_it_is_touched),
    ("a backup can be applied again", trials::a_backup_can_be_applied_again),
    ("a backup holds no secret and nothing of the server's own", trials::a_backup_holds_no_secret),
    ("preflight knows the server", trials::preflight_knows_the_server),
    ("audit says the same of both", trials::audit_says_the_same_of_both),
    ("files win over the cluster", trials::files_win_over_the_cluster),
    ("one namespace can be read without more rights", trials::one_namespace_can_be_read),
    ("no rights, no server and no certificate end in one sentence", trials::failures_end_in_one_sentence),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let server = if arguments.list { Err("only listed".to_owned()) } else { Server::start() };
    let trials = match server {
        Ok(server) => with_server(Arc::new(server)),
        Err(reason) => skipped(&reason),
    };
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn with_server(server: Arc<Server>) -> Vec<Trial> {
    let trial = |(name, test): &(&str, Test)| {
        let (server, test) = (Arc::clone(&server), *test);
        Trial::test(*name, move || test(&server))
    };
    TESTS.iter().map(trial).collect()
}

/// The reason stands in front of every name.
fn skipped(reason: &str) -> Vec<Trial> {
    let trial = |(name, _): &(&str, Test)| {
        Trial::test(*name, || Ok(())).with_ignored_flag(true).with_kind(format!("skipped: {reason}"))
    };
    TESTS.iter().map(trial).collect()
}
