//! The Arrow shapes of the tables and the reduction of node-minutes to cluster-minutes. No disk, no network.
