//! The architecture, as data: which crate may depend on which, and which crates are pure.

/// A crate of the workspace.
pub(crate) struct Member {
    /// Its name; its folder in `crates/` has the same one.
    pub(crate) name: &'static str,
    /// Which of our crates its code may use. A new arrow is a decision: change it here, in review,
    /// and explain it in ARCHITECTURE.md.
    pub(crate) uses: &'static [&'static str],
    /// Whether it computes answers from its arguments alone.
    pub(crate) purity: Purity,
}

/// Whether a crate's answers depend on its arguments alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purity {
    /// No clock, environment, file, network, process, randomness or hash order: its `clippy.toml` forbids them.
    Pure,
    /// Meets the world.
    Effectful,
}

use Purity::{Effectful, Pure};

/// Every crate, alphabetical.
pub(crate) const MEMBERS: &[Member] = &[
    Member {
        name: "clusteriq",
        uses: &[
            "clusteriq-collect",
            "clusteriq-engine",
            "clusteriq-fake",
            "clusteriq-model",
            "clusteriq-output",
            "clusteriq-serve",
            "clusteriq-store",
            "clusteriq-tables",
        ],
        purity: Effectful,
    },
    Member { name: "clusteriq-collect", uses: &["clusteriq-model", "clusteriq-tables"], purity: Effectful },
    Member { name: "clusteriq-engine", uses: &["clusteriq-model"], purity: Pure },
    Member { name: "clusteriq-fake", uses: &["clusteriq-model"], purity: Effectful },
    Member { name: "clusteriq-model", uses: &[], purity: Pure },
    Member { name: "clusteriq-output", uses: &["clusteriq-model"], purity: Effectful },
    Member {
        name: "clusteriq-serve",
        uses: &["clusteriq-engine", "clusteriq-model", "clusteriq-output"],
        purity: Effectful,
    },
    Member { name: "clusteriq-store", uses: &["clusteriq-model", "clusteriq-tables"], purity: Effectful },
    Member { name: "clusteriq-tables", uses: &["clusteriq-model"], purity: Pure },
    Member { name: "xtask", uses: &[], purity: Effectful },
];

/// The crates whose answers depend on their arguments alone.
pub(crate) fn pure() -> impl Iterator<Item = &'static Member> {
    MEMBERS.iter().filter(|it| it.purity == Pure)
}

/// The table for people, as Markdown.
pub(crate) fn table() -> String {
    let mut text = String::from("| crate | uses | pure |\n|---|---|---|\n");
    for it in MEMBERS {
        let uses = match it.uses {
            [] => "nothing of ours".to_owned(),
            uses => uses.join(", "),
        };
        let purity = match it.purity {
            Pure => "yes",
            Effectful => "",
        };
        text += &format!("| {} | {uses} | {purity} |\n", it.name);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_per_crate() {
        let text = table();
        assert_eq!(text.lines().count(), MEMBERS.len() + 2);
        assert!(text.contains("| clusteriq-engine | clusteriq-model | yes |\n"));
        assert!(text.contains("| xtask | nothing of ours |  |\n"));
    }
}
