//! Pure judgement: tables in, fleet, profiles, what-if, advice and plan out. No I/O, no clock.
