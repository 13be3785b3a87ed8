//! How a log is answered: whole, in part, compressed, or not at all because the client has it.

use std::{io, ops::Range, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use futures_util::{Stream, stream};
use tokio::sync::OwnedSemaphorePermit;
use warp::{
    Reply,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{self, HeaderName},
    },
    reply::Response,
};

use super::{
    access::Sending,
    content::Content,
    encoding::{self, Encoder},
    memory::SharedLimits,
    range::Wanted,
    slots::Answering,
};
use crate::{domain::Coding, store::OpenLog};

/// Logs below this are not worth compressing.
const MIN_COMPRESSED: u64 = 512;
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// What of a log is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// All of it.
    Whole,
    /// All of it, compressed.
    Coded(Coding),
    /// Some of it.
    Part(Range<u64>),
    /// Only what there is to know about it.
    Head,
    /// Nothing: the client has it.
    NotModified,
    /// Nothing: there is no such part.
    Unsatisfiable,
}

impl Plan {
    /// What the headers ask for, of `log`.
    pub(super) fn new(log: &OpenLog, headers: &HeaderMap, is_head: bool) -> Self {
        let etag = log.hash.entity_tag();
        if is_known(headers, &etag) {
            return Self::NotModified;
        }
        if is_head {
            return Self::Head;
        }
        match Wanted::read(headers, log.len, &etag) {
            Wanted::Part(part) => Self::Part(part),
            Wanted::Unsatisfiable => Self::Unsatisfiable,
            Wanted::All if log.len < MIN_COMPRESSED => Self::Whole,
            Wanted::All => encoding::choose(headers).map_or(Self::Whole, Self::Coded),
        }
    }

    /// Bytes that this takes at the most.
    pub(super) fn bytes(&self, log: &OpenLog) -> u64 {
        match self {
            Self::Whole | Self::Coded(_) => log.len,
            Self::Part(part) => part.end - part.start,
            Self::Head | Self::NotModified | Self::Unsatisfiable => 0,
        }
    }

    /// Its name in the access log.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Coded(coding) => coding.name(),
            Self::Part(_) => "part",
            Self::Head => "head",
            Self::NotModified => "not modified",
            Self::Unsatisfiable => "no such part",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Whole | Self::Coded(_) | Self::Head => StatusCode::OK,
            Self::Part(_) => StatusCode::PARTIAL_CONTENT,
            Self::NotModified => StatusCode::NOT_MODIFIED,
            Self::Unsatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
        }
    }
}

/// What the peer set aside of its day for an answer; what it does not get is given back, and the access log written.
pub(super) struct Transfer {
    pub(super) limits: Arc<SharedLimits>,
    /// Bytes that were set aside.
    pub(super) bytes: u64,
    /// When (Unix seconds).
    pub(super) since: i64,
    pub(super) sending: Sending,
    /// For as long as it takes.
    pub(super) _answering: Answering,
}

impl Drop for Transfer {
    fn drop(&mut self) {
        let unsent = self.bytes.saturating_sub(self.sending.sent);
        if unsent > 0 {
            let now = jiff::Timestamp::now().as_second();
            self.limits.lock().refund(&self.sending.peer, unsent, self.since, now);
        }
        self.sending.done();
    }
}

/// Carries out a plan. A compressing one needs its `turn`, which is held until the end.
pub(super) fn answer(
    plan: &Plan,
    log: OpenLog,
    mut transfer: Transfer,
    turn: Option<OwnedSemaphorePermit>,
) -> Response {
    let head = head(plan, &log);
    let part = match plan {
        Plan::Whole | Plan::Coded(_) => 0..log.len,
        Plan::Part(part) => part.clone(),
        Plan::Head | Plan::NotModified | Plan::Unsatisfiable => 0..0,
    };
    let mut response = if part.is_empty() {
        transfer.sending.is_whole = true;
        Response::default()
    } else {
        let coding = match plan {
            Plan::Coded(coding) => Some(*coding),
            _ => None,
        };
        let content = Content::new(log.file, part);
        let sender = Sender { content, coding, encoder: None, transfer, _turn: turn };
        warp::reply::stream(sender.pieces()).into_response()
    };
    *response.status_mut() = plan.status();
    *response.headers_mut() = head;
    response
}

/// The headers.
fn head(plan: &Plan, log: &OpenLog) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(12);
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::ACCEPT_RANGES, "bytes");
    set(header::CACHE_CONTROL, "private, no-transform");
    set(header::VARY, "accept-encoding");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if *plan != Plan::NotModified {
        set(header::CONTENT_TYPE, "application/octet-stream");
    }
    // The same log may be compressed to other bytes another time: its tag is a weak one.
    let weak = if matches!(plan, Plan::Coded(_)) { "W/" } else { "" };
    set(header::ETAG, &format!("{weak}{}", log.hash.entity_tag()));
    describe(plan, log, set);
    headers
}

/// What the headers say about the body. Digests (RFC 9530) are of what they can be known of beforehand: the log as it
/// is stored.
fn describe(plan: &Plan, OpenLog { len, hash, .. }: &OpenLog, mut set: impl FnMut(HeaderName, &str)) {
    let digest = || format!("sha-256=:{}:", BASE64.encode(hash.0));
    match plan {
        Plan::Whole => {
            set(CONTENT_DIGEST, &digest());
            set(REPR_DIGEST, &digest());
            set(header::CONTENT_LENGTH, &len.to_string());
        }
        Plan::Head => {
            set(REPR_DIGEST, &digest());
            set(header::CONTENT_LENGTH, &len.to_string());
        }
        Plan::Part(Range { start, end }) => {
            set(REPR_DIGEST, &digest());
            set(header::CONTENT_LENGTH, &(end - start).to_string());
            set(header::CONTENT_RANGE, &format!("bytes {start}-{}/{len}", end - 1));
        }
        Plan::Unsatisfiable => {
            set(header::CONTENT_LENGTH, "0");
            set(header::CONTENT_RANGE, &format!("bytes */{len}"));
        }
        Plan::Coded(coding) => set(header::CONTENT_ENCODING, coding.name()),
        Plan::NotModified => {}
    }
}

/// Whether the client has the log already (RFC 9110, section 13.1.2).
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|tags| tags.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag
    })
}

/// A log on its way.
struct Sender {
    content: Content,
    /// Set until the encoder is made.
    coding: Option<Coding>,
    encoder: Option<Encoder>,
    transfer: Transfer,
    _turn: Option<OwnedSemaphorePermit>,
}

impl Sender {
    fn pieces(self) -> impl Stream<Item = io::Result<Vec<u8>>> + Send + Sync {
        stream::try_unfold(self, |mut sender| async move {
            let piece = sender.piece().await?;
            Ok(piece.map(|piece| (piece, sender)))
        })
    }

    async fn piece(&mut self) -> io::Result<Option<Vec<u8>>> {
        if let Some(coding) = self.coding.take() {
            self.encoder = Some(Encoder::new(coding)?);
        }
        let piece = self.coded().await?;
        let sending = &mut self.transfer.sending;
        sending.sent += piece.as_ref().map_or(0, |piece| u64::try_from(piece.len()).unwrap_or_default());
        sending.is_whole = self.encoder.is_none() && self.content.is_at_end();
        Ok(piece)
    }

    async fn coded(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let piece = self.content.next().await?;
            match (&mut self.encoder, piece) {
                (None, piece) => return Ok(piece),
                (Some(encoder), Some(piece)) => {
                    let ready = encoder.feed(&piece)?;
                    if !ready.is_empty() {
                        return Ok(Some(ready));
                    }
                }
                (encoder @ Some(_), None) => return encoder.take().map(Encoder::finish).transpose(),
            }
        }
    }
}
