//! The configuration: the file as written becomes valid [`Settings`] once, at the door.
//!
//! Unknown keys are errors, every default can stay, and every message names the file, the line and the key.

mod detected;
mod effective;
mod endpoints;
mod error;
mod given;
mod load;
mod nonsense;
mod part;
mod salvage;
mod sample;
mod secret;
mod services;
mod settings;
mod units;
mod words;

pub use detected::detected;
pub use effective::{Effective, Origin};
pub use endpoints::Endpoints;
pub use error::ConfigError;
pub use load::{Configuration, DEFAULT_PATH, control_socket, files, load, parse};
pub use salvage::salvage;
pub use secret::{Secret, closing, secret};
pub use services::{ServiceName, ServiceSettings};
pub use settings::{
    BlockSettings, ControlSettings, DetectSettings, DynamicDnsSettings, FetchSettings, GuardSettings,
    IdentitySettings, JournaldSettings, LedgerSettings, MetricsSettings, MirrorSettings, NflogSettings,
    ServeSettings, Settings, ShareSettings, SourceSettings, StartAt, StoreSettings, SyslogSettings,
    TrustSettings,
};
pub use units::{Bytes, Endpoint, Span};

/// The sample that the package ships: every key, commented out, with its default.
pub const SAMPLE: &str = include_str!("../../../packaging/sentinel.toml");
