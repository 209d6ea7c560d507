//! Kubernetes objects in and out.
//!
//! [`Inventory`] reads files and keeps every object with its place; [`lower()`] says what the objects mean;
//! [`emit()`] applies the changes of a translation to the very bytes that were read.

mod emit;
mod inventory;
mod lower;
mod mesh_config;
mod object;
mod webhook;

pub use emit::{EmitError, Emitted, EmittedObject, emit};
pub use inventory::{Input, Inventory};
pub use lower::{Assumptions, Lowered, lower};
pub use mesh_config::{MeshConfigError, mesh_config, read_mesh_config};
pub use object::Object;
