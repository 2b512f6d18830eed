//! The tests of the hands once more, with a twin where the others have a real control plane: the same files, unchanged.

mod doubt;
mod examples;
mod helm;
mod kube;
#[expect(dead_code, reason = "the tests that need no control plane use the rest of it")]
mod place;
mod plane;
mod ssh {
    //! The machine that the examples of ssh need.

    #[expect(dead_code, reason = "the tests of ssh use the rest of it")]
    pub(crate) mod sshd;
}
mod stdlib;

/// Whether the control plane of these tests is a twin.
pub(crate) const TWIN: bool = true;
