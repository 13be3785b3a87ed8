//! Accounts: one, several, or all of a program.

use serde_json::Value;
use solana_account_decoder::UiAccountEncoding;
use solana_client::{
    rpc_config::{RpcAccountInfoConfig, RpcProgramAccountsConfig},
    rpc_filter::RpcFilterType,
    rpc_request::{MAX_GET_PROGRAM_ACCOUNT_FILTERS, MAX_MULTIPLE_ACCOUNTS},
    rpc_response::RpcKeyedAccount,
};
use solana_sdk::pubkey::Pubkey;

use super::{Error, Params, encode_account, params, value, with_context};
use crate::dev_ledger::{Account, ledger::Ledger};

/// The filters of `getProgramAccounts` and `programSubscribe`, checked: an account must pass all.
pub(in crate::dev_ledger) struct AccountFilter(Vec<RpcFilterType>);

impl AccountFilter {
    pub(in crate::dev_ledger) fn new(filters: Option<Vec<RpcFilterType>>) -> Result<Self, Error> {
        let filters = filters.unwrap_or_default();
        if filters.len() > MAX_GET_PROGRAM_ACCOUNT_FILTERS {
            return Err(Error::invalid_params(format!(
                "Too many filters provided; max {MAX_GET_PROGRAM_ACCOUNT_FILTERS}"
            )));
        }
        for filter in &filters {
            filter.verify().map_err(Error::invalid_params)?;
            if matches!(filter, RpcFilterType::TokenAccountState) {
                return Err(Error::invalid_params("the dev ledger has no tokenAccountState filter"));
            }
        }
        Ok(Self(filters))
    }

    pub(in crate::dev_ledger) fn passes(&self, account: &Account) -> bool {
        self.0.iter().all(|filter| match filter {
            RpcFilterType::DataSize(size) => u64::try_from(account.data.len()) == Ok(*size),
            RpcFilterType::Memcmp(memcmp) => memcmp.bytes_match(&account.data),
            RpcFilterType::TokenAccountState => false,
        })
    }
}

pub(super) fn balance(ledger: &mut Ledger, params: &Params) -> Result<Value, Error> {
    let account = ledger.account(&params.address(0)?);
    with_context(ledger, account.map_or(0, |account| account.lamports))
}

pub(super) fn account(ledger: &mut Ledger, params: &Params) -> Result<Value, Error> {
    let address = params.address(0)?;
    let config: RpcAccountInfoConfig = params.config(1)?;
    let account = ledger
        .account(&address)
        .map(|account| encode_account(&address, &account, &config, UiAccountEncoding::Binary))
        .transpose()?;
    with_context(ledger, account)
}

pub(super) fn accounts(ledger: &mut Ledger, params: &Params) -> Result<Value, Error> {
    let addresses: Vec<String> = params.required(0)?;
    let config: RpcAccountInfoConfig = params.config(1)?;
    if addresses.len() > MAX_MULTIPLE_ACCOUNTS {
        return Err(Error::invalid_params(format!("Too many inputs provided; max {MAX_MULTIPLE_ACCOUNTS}")));
    }
    let encode = |text: &String| {
        let address = params::address(text)?;
        ledger
            .account(&address)
            .map(|account| encode_account(&address, &account, &config, UiAccountEncoding::Base64))
            .transpose()
    };
    let accounts: Vec<_> = addresses.iter().map(encode).collect::<Result<_, _>>()?;
    with_context(ledger, accounts)
}

pub(super) fn program_accounts(ledger: &mut Ledger, params: &Params) -> Result<Value, Error> {
    let program: Pubkey = params.address(0)?;
    let config: RpcProgramAccountsConfig = params.config(1)?;
    let filter = AccountFilter::new(config.filters)?;
    let mut accounts = ledger.program_accounts(&program);
    accounts.retain(|(_, account)| filter.passes(account));
    accounts.sort_by_key(|(address, _)| *address);
    let encode = |(address, account): &(Pubkey, Account)| {
        let encoded = encode_account(address, account, &config.account_config, UiAccountEncoding::Binary)?;
        Ok(RpcKeyedAccount { pubkey: address.to_string(), account: encoded })
    };
    let accounts: Vec<_> = accounts.iter().map(encode).collect::<Result<_, Error>>()?;
    if config.with_context == Some(true) { with_context(ledger, accounts) } else { value(accounts) }
}
