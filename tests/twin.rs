//! The tests of the hands once more, with a twin where the others have a real control plane: the same files, unchanged.

mod doubt;
mod examples;
mod helm;
mod kube;
mod place;
mod plane;
mod ssh {
    //! The machine that the examples of ssh need.

    pub(crate) mod sshd;
}
mod stdlib;

/// Whether the control plane of these tests is a twin.
pub(crate) const TWIN: bool = true;
