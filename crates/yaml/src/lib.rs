//! Kubernetes' own YAML dialect: bytes to a spanned tree, kubectl-style writing, byte-exact splices.
//!
//! Kubernetes does not read "YAML", it reads what goyaml v2 makes of it: a bare `no` is a boolean, `012` is ten, the
//! later of two equal keys wins, what follows `...` is dropped. A reader that disagrees reads another policy than the
//! cluster enforces. This one agrees, or refuses: where the two are known to differ (an escaped apostrophe, a
//! byte-order mark in the middle of a file, nesting beyond [`MAX_DEPTH`], more than 16 MiB unfolded from aliases), it
//! gives an error and not another value.
//!
//! ```
//! use s2a_yaml::{Splicer, read};
//!
//! let source = "kind: Gateway   # ours\nspec:\n  selector: {app: a}\n";
//! let stream = read(source);
//! let document = stream.documents[0].as_ref().unwrap();
//! assert_eq!(document.root.locate("spec.selector.app").unwrap().as_str(), Some("a"));
//!
//! let mut splicer = Splicer::new(source, document, "");
//! splicer.replace_entry("spec", "selector", "targetRefs", &serde_json::json!([{"name": "w"}]));
//! let expected = "kind: Gateway   # ours\nspec:\n  targetRefs:\n  - name: w\n";
//! assert_eq!(splicer.finish().unwrap(), expected);
//! ```

mod comments;
mod decode;
mod edit;
mod node;
mod path;
mod read;
mod span;
mod write;

pub use comments::comments;
pub use decode::decode;
pub use edit::{Edits, SpliceError, Splicer};
pub use node::{Entry, Node, Style, Value};
pub use read::{Document, MAX_DEPTH, Note, NoteKind, ReadError, ReadErrorKind, Stream, Syntax, read};
pub use span::Span;
pub use write::{write, write_as, write_json};
