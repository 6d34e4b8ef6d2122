//! Texts that come again and again, kept once.

use std::collections::BTreeSet;
use std::sync::Arc;

use clusteriq_model::WorkspaceId;

/// Ids and words of rows: a month of a large account has millions of copies of a few of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(BTreeSet<Arc<str>>);

impl Names {
    /// The one copy of a text.
    pub(crate) fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(it) = self.0.get(text) {
            return Arc::clone(it);
        }
        let it: Arc<str> = text.into();
        self.0.insert(Arc::clone(&it));
        it
    }

    /// The one copy of a workspace's id.
    pub(crate) fn workspace(&mut self, id: &str) -> WorkspaceId {
        WorkspaceId(self.share(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_one() {
        let mut names = Names::default();
        let (a, b) = (names.share("a"), names.share("b"));
        assert!(Arc::ptr_eq(&a, &names.share("a")) && !Arc::ptr_eq(&a, &b));
        assert_eq!(&*names.workspace("b").0, "b");
    }
}
