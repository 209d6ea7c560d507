//! Lists, page by page.

use kube::Client;
use kube::api::ListParams;
use kube::core::Request;
use serde::Deserialize;
use serde_json::Value;

/// Objects in a page. One page is in memory at a time.
const PAGE: u32 = 500;

/// How often a list is begun anew whose next page the API server has forgotten.
const ATTEMPTS: usize = 3;

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: PageMetadata,
    items: Option<Vec<Value>>,
}

#[derive(Default, Deserialize)]
struct PageMetadata {
    #[serde(rename = "continue")]
    next: Option<String>,
}

/// Reads all pages of a list and keeps what `keep` makes of each object. `progress` is told how many there are so far.
pub(crate) async fn all<T>(
    client: &Client,
    url: &str,
    page: Option<u32>,
    keep: &mut dyn FnMut(Value) -> Option<T>,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<T>, kube::Error> {
    let mut attempt = 1;
    loop {
        match once(client, url, page.unwrap_or(PAGE), keep, progress).await {
            Err(kube::Error::Api(status)) if status.code == 410 && attempt < ATTEMPTS => attempt += 1,
            result => return result,
        }
    }
}

async fn once<T>(
    client: &Client,
    url: &str,
    page: u32,
    keep: &mut dyn FnMut(Value) -> Option<T>,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<T>, kube::Error> {
    let mut kept = Vec::new();
    let mut read = 0;
    let mut parameters = ListParams::default().limit(page);
    loop {
        let request = Request::new(url).list(&parameters).map_err(kube::Error::BuildRequest)?;
        let page: Page = client.request(request).await?;
        let items = page.items.unwrap_or_default();
        read += items.len();
        kept.extend(items.into_iter().filter_map(&mut *keep));
        progress(read);
        match page.metadata.next.filter(|next| !next.is_empty()) {
            Some(next) => parameters = parameters.continue_token(&next),
            None => return Ok(kept),
        }
    }
}

/// Reads one object.
pub(crate) async fn one(client: &Client, url: &str, name: &str) -> Result<Value, kube::Error> {
    let request = Request::new(url).get(name, &Default::default()).map_err(kube::Error::BuildRequest)?;
    client.request(request).await
}
