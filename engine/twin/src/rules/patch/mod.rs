//! The three kinds of patch that change a document in place; server-side apply is in `fields`.

mod json;
mod merge;
mod order;
mod strategic;

pub use json::json;
pub use merge::merge;
pub(super) use strategic::go;
pub use strategic::strategic;
