use super::*;

const ANYWHERE: &str = "127.0.0.1:0";

#[tokio::test]
async fn who_connects_while_nobody_listens_is_accepted_by_who_asks_for_the_socket_next() {
    let sockets = Sockets::<()>::default();
    let anywhere: SocketAddr = ANYWHERE.parse().unwrap();
    let listener = sockets.tcp(anywhere).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = tokio::net::TcpStream::connect(address).await.unwrap();
    let (_, accepted) = sockets.tcp(anywhere).unwrap().accept().await.unwrap();
    assert_eq!(accepted, client.local_addr().unwrap());
}

#[tokio::test]
async fn what_is_sent_while_nobody_receives_is_received_later() {
    let folder = tempfile::tempdir().unwrap();
    let (sockets, path) = (Sockets::<()>::default(), folder.path().join("log"));
    drop(sockets.datagram(&path).unwrap());
    unix::net::UnixDatagram::unbound().unwrap().send_to(b"line", &path).unwrap();
    let mut buffer = [0; 9];
    assert_eq!(sockets.datagram(&path).unwrap().recv(&mut buffer).await.unwrap(), 4);
    drop(sockets);
    assert!(!path.exists(), "its file goes with it");
}

#[tokio::test]
async fn what_is_not_asked_for_again_is_closed_and_makes_room_at_once_where_it_is_in_the_way() {
    let sockets = Sockets::<()>::default();
    let other = sockets.tcp(ANYWHERE.parse().unwrap()).unwrap().local_addr().unwrap();
    let port = net::TcpListener::bind(ANYWHERE).unwrap().local_addr().unwrap().port();
    drop(sockets.tcp(([0, 0, 0, 0], port).into()).unwrap());
    let here: SocketAddr = ([127, 0, 0, 1], port).into();
    assert_eq!(sockets.tcp(here).unwrap_err().kind(), io::ErrorKind::AddrInUse);
    sockets.disclaim();
    drop(sockets.tcp(here).unwrap());
    assert!(tokio::net::TcpStream::connect(other).await.is_ok(), "what is in nobody's way stays open");
    sockets.disclaim();
    sockets.close_disclaimed();
    assert!(tokio::net::TcpStream::connect(here).await.is_err());
}

#[tokio::test]
async fn what_will_be_asked_for_stays_open_with_the_connections_that_are_kept_there() {
    let (sockets, anywhere) = (Sockets::default(), ANYWHERE.parse().unwrap());
    let (listen, address) = (Listen::Tcp(anywhere), sockets.tcp(anywhere).unwrap().local_addr().unwrap());
    sockets.keep(&listen, vec!["one"]);
    sockets.disclaim();
    sockets.claim(&listen);
    sockets.close_disclaimed();
    assert_eq!(sockets.tcp(anywhere).unwrap().local_addr().unwrap(), address);
    assert_eq!((sockets.kept(&listen), sockets.kept(&listen)), (vec!["one"], vec![]));
}
