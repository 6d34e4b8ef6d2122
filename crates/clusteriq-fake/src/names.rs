//! What people, teams, jobs and tables are called. Larkspur Goods is invented; `.example` is reserved for that.

use crate::random::Random;

/// Domain of everybody's address.
const DOMAIN: &str = "larkspur.example";

/// A team and whom it pays for.
#[derive(Debug)]
pub(crate) struct Team {
    pub(crate) name: &'static str,
    pub(crate) cost_center: &'static str,
    /// First one owns the team's production jobs.
    people: &'static [&'static str],
    subjects: &'static [&'static str],
}

const TEAMS: &[Team] = &[
    Team {
        name: "finance",
        cost_center: "1200",
        people: &["maria.keller", "tom.ashby", "ines.duarte"],
        subjects: &["ledger", "invoices", "revenue", "accruals", "payments"],
    },
    Team {
        name: "growth",
        cost_center: "2100",
        people: &["jonas.weber", "aiko.tanaka", "leila.haddad"],
        subjects: &["campaigns", "attribution", "sessions", "funnels", "signups"],
    },
    Team {
        name: "search",
        cost_center: "2300",
        people: &["priya.raman", "oscar.lind", "hana.novak"],
        subjects: &["catalog", "clicks", "rankings", "synonyms", "suggestions"],
    },
    Team {
        name: "risk",
        cost_center: "1400",
        people: &["daniel.okoye", "sofia.rossi", "piotr.wolski"],
        subjects: &["claims", "chargebacks", "fraud_signals", "exposures", "limits"],
    },
    Team {
        name: "logistics",
        cost_center: "3100",
        people: &["anil.mehta", "grace.oduya", "emil.berg"],
        subjects: &["shipments", "routes", "stock", "returns", "carriers"],
    },
    Team {
        name: "marketing",
        cost_center: "2200",
        people: &["chloe.martin", "ben.suarez", "yara.aziz"],
        subjects: &["audiences", "emails", "coupons", "surveys", "segments"],
    },
    Team {
        name: "platform",
        cost_center: "4000",
        people: &["ruth.nilsson", "marco.bianchi", "kofi.mensah"],
        subjects: &["audit_logs", "events", "usage_facts", "dimensions", "quality_checks"],
    },
    Team {
        name: "support",
        cost_center: "3300",
        people: &["nora.hughes", "ravi.shah", "lena.fischer"],
        subjects: &["tickets", "chats", "escalations", "satisfaction", "agents"],
    },
];

const VERBS: &[&str] = &["load", "build", "refresh", "sync", "aggregate", "publish", "score", "merge"];

impl Team {
    /// The team of that name; the recipes name only teams that exist.
    pub(crate) fn called(name: &str) -> &'static Self {
        TEAMS.iter().find(|it| it.name == name).unwrap_or_else(|| panic!("no team {name}"))
    }

    /// The n-th team.
    pub(crate) fn number(number: usize) -> &'static Self {
        &TEAMS[number % TEAMS.len()]
    }

    /// Who owns its production jobs.
    pub(crate) fn lead(&self) -> String {
        address(self.people[0])
    }

    /// One of its people.
    pub(crate) fn person(&self, random: &mut Random) -> String {
        address(random.pick::<&str>(self.people))
    }

    /// Everybody.
    pub(crate) fn everybody(&self) -> Vec<String> {
        self.people.iter().map(|it| address(it)).collect()
    }

    /// A job's name that no earlier call gave: `taken` remembers.
    pub(crate) fn job_name(&self, random: &mut Random, taken: &mut std::collections::BTreeSet<String>) -> String {
        for _ in 0..32 {
            let it = format!("{}_{}_{}", self.name, random.pick(VERBS), random.pick(self.subjects));
            if taken.insert(it.clone()) {
                return it;
            }
        }
        let it = format!("{}_{}_{}", self.name, random.pick(self.subjects), random.text("abcdefghjkmnpqrstuvwxyz", 5));
        taken.insert(it.clone());
        it
    }

    /// What the team's tables are about.
    pub(crate) fn subject(&self, random: &mut Random) -> &'static str {
        random.pick::<&'static str>(self.subjects)
    }
}

fn address(person: &str) -> String {
    format!("{person}@{DOMAIN}")
}

/// A query as a dashboard or an analyst would send it, and its statement type.
pub(crate) fn query(random: &mut Random, team: &Team) -> (String, &'static str) {
    let table = format!("main.{}.{}", team.name, team.subject(random));
    let days = random.whole(1, 90);
    match random.whole(0, 9) {
        0..=3 => (
            format!(
                "SELECT day, sum(amount) AS amount FROM {table} WHERE day >= current_date() - {days} GROUP BY day ORDER BY day"
            ),
            "SELECT",
        ),
        4..=6 => (
            format!(
                "SELECT region, count(DISTINCT customer_id) FROM {table} WHERE day = current_date() - {days} GROUP BY region"
            ),
            "SELECT",
        ),
        7 => (format!("SELECT * FROM {table} WHERE id = {} LIMIT 100", random.whole(1000, 99_999)), "SELECT"),
        8 => (format!("DESCRIBE TABLE {table}"), "DESCRIBE"),
        _ => (
            format!(
                "INSERT INTO {table}_daily SELECT day, region, sum(amount) FROM {table} WHERE day = current_date() - 1 GROUP BY day, region"
            ),
            "INSERT",
        ),
    }
}
