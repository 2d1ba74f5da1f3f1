//! What only a human can mend ends the worker at once, with an exit code and words that help.

use super::client::{Client, Names};
use super::node;
use super::worker::{WorkerProcess, program};

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_queue_in_check_mode_is_named() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("missing");
    let mut worker = WorkerProcess::start(url, &names, &[("TOPOLOGY_MODE", "check")]);
    assert_eq!(worker.ended().await.code(), Some(3), "{}", worker.log());
    assert!(
        worker
            .log()
            .contains(&format!("queue `{}` is missing", names.dead)),
        "{}",
        worker.log()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn check_mode_works_on_what_others_declared() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("check");
    let declaring = WorkerProcess::start(url, &names, &[]);
    declaring.await_ready(200, "ready").await;
    declaring.stop().await;
    let checking = WorkerProcess::start(url, &names, &[("TOPOLOGY_MODE", "check")]);
    checking.await_ready(200, "ready").await;
    checking.stop().await;
    Client::connect(url).await.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_with_other_arguments_is_named_with_the_difference() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("other");
    let client = Client::connect(url).await;
    client.declare(&names.input, &[]).await;
    let mut worker = WorkerProcess::start(url, &names, &[]);
    assert_eq!(worker.ended().await.code(), Some(3), "{}", worker.log());
    let log = worker.log();
    assert!(log.contains(&format!("queue `{}` exists", names.input)), "{log}");
    assert!(
        log.contains("x-dead-letter") || log.contains("x-delivery-limit"),
        "{log}"
    );
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_variable_is_told_and_does_not_stop_the_worker() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("misspelt");
    let worker = WorkerProcess::start(url, &names, &[("WORKER_PREFECTH", "2")]);
    worker.await_log("did you mean NEWSMILL_WORKER_PREFETCH?").await;
    worker.await_ready(200, "ready").await;
    worker.stop().await;
    Client::connect(url).await.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_end_the_worker_and_are_not_shown() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("credentials");
    let mut wrong = url::Url::parse(url).unwrap();
    wrong.set_password(Some("not-the-passw0rd")).unwrap();
    let mut worker = WorkerProcess::start(wrong.as_str(), &names, &[]);
    assert_eq!(worker.ended().await.code(), Some(4), "{}", worker.log());
    assert!(worker.log().contains("refuses access"), "{}", worker.log());
    assert!(worker.log().contains("`newsmill doctor`"), "{}", worker.log());
    assert!(!worker.log().contains("not-the-passw0rd"), "{}", worker.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_without_tls_is_told_by_the_worker_and_mended_by_doctor() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("no_tls");
    let secure = url.replacen("amqp://", "amqps://", 1);
    let worker = WorkerProcess::start(&secure, &names, &[]);
    worker.await_ready(503, "the port does not speak TLS").await;
    worker.stop().await;
    let doctor = program(&secure, &names, &[]).arg("doctor").output().unwrap();
    let told = String::from_utf8_lossy(&doctor.stdout);
    assert_eq!(doctor.status.code(), Some(1), "{told}");
    for part in [
        "the port does not speak TLS",
        "(5671), or amqp://",
        "rabbitmq-diagnostics listeners",
    ] {
        assert!(told.contains(part), "no {part:?} in {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_is_waited_for_and_a_signal_still_ends_the_worker() {
    // Nobody listens there: the port was just given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let names = Names::new("away");
    let mut worker = WorkerProcess::start(&format!("amqp://guest:guest@127.0.0.1:{port}/%2f"), &names, &[]);
    worker.await_ready(503, "publish: broker 127.0.0.1").await;
    assert_eq!(worker.page("/livez").await.0, 200);
    worker.terminate();
    assert_eq!(worker.ended().await.code(), Some(0), "{}", worker.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_address_is_tried_when_one_does_not_answer() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("cluster");
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let urls = format!("amqp://guest:guest@127.0.0.1:{port}/%2f,{url}");
    let worker = WorkerProcess::start(&urls, &names, &[]);
    worker.await_ready(200, "ready").await;
    worker.stop().await;
    Client::connect(url).await.clean(&names, &[1, 2]).await;
}
