//! Measurements that somebody brings as files: runs of workloads on several configurations, and what may be run on next.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use clusteriq_model::{Cores, Fraction, Gib, Minutes, Nodes, Observation, Usage, UsdPerHour};
use serde_json::Value;

/// Why measurements cannot be read. Messages name the file, the line, the column and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum MeasurementError {
    /// The operating system refused.
    #[error("cannot read {}: {source}\n\nhint: check that the file exists and that you may read it", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line that is not what it should be.
    #[error("{}, line {line}: {reason}\n\nhint: {hint}", .path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
        /// What a line is.
        hint: &'static str,
    },
    /// Nothing in it.
    #[error("{} has no rows\n\nhint: {hint}", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// What a line is.
        hint: &'static str,
    },
}

const HISTORY: &str = "a row is a run: workload, node_type, workers, vcpus, memory_gib, completed (true or false), runtime_s, and as far as \
                       they are known price_usd_hour, input_bytes, cpu_busy_mean, io_wait_mean, memory_used_gib_max";
const CANDIDATES: &str = "a row is a configuration: config, node_type, workers, vcpus, memory_gib, price_usd_hour";
const QUESTIONS: &str = r#"a line is {"query": "q1", "observed": [{a run as in the history, today's first}], "max_slowdown": 1.2, "remaining_runs": 30}"#;

/// A question: what to run on next.
#[derive(Clone, Debug, PartialEq)]
pub struct RightsizeQuestion {
    /// What it is called.
    pub name: String,
    /// How many times as long as today a run may take. `None`: not said.
    pub max_slowdown: Option<f64>,
    /// Runs to come, with the next one. `None`: not said.
    pub remaining_runs: Option<u32>,
    /// Today's run, which completed, and those that followed.
    pub observed: Vec<Observation>,
}

/// Runs by workload, of a CSV file.
pub fn read_history(path: &Path) -> Result<BTreeMap<String, Vec<Observation>>, MeasurementError> {
    let mut known: BTreeMap<String, Vec<Observation>> = BTreeMap::new();
    rows(path, HISTORY, |row| {
        known.entry(row.text("workload")?.to_owned()).or_default().push(row.observation()?);
        Ok(())
    })?;
    Ok(known)
}

/// Configurations by name, of a CSV file, in its order.
pub fn read_candidates(path: &Path) -> Result<Vec<(String, Nodes)>, MeasurementError> {
    let mut all: Vec<(String, Nodes)> = vec![];
    rows(path, CANDIDATES, |row| {
        let name = row.text("config")?.to_owned();
        if all.iter().any(|other| other.0 == name) {
            return Err(format!("a configuration is named twice: {name}"));
        }
        all.push((name, row.nodes()?));
        Ok(())
    })?;
    if all.is_empty() {
        return Err(MeasurementError::Empty { path: path.to_owned(), hint: CANDIDATES });
    }
    Ok(all)
}

/// Questions, JSON Lines; `-` is the standard input.
pub fn read_questions(path: &Path) -> Result<Vec<RightsizeQuestion>, MeasurementError> {
    let mut text = String::new();
    let read = match path.to_str() {
        Some("-") => std::io::stdin().read_to_string(&mut text).map(|_| ()),
        _ => std::fs::read_to_string(path).map(|it| text = it),
    };
    read.map_err(|source| MeasurementError::Read { path: path.to_owned(), source })?;
    let lines = text.lines().enumerate().filter(|it| !it.1.trim().is_empty());
    let questions = lines.map(|(line, text)| {
        let fault =
            |reason| MeasurementError::Line { path: path.to_owned(), line: line as u64 + 1, reason, hint: QUESTIONS };
        question(text).map_err(fault)
    });
    questions.collect()
}

fn rows(
    path: &Path,
    hint: &'static str,
    mut take: impl FnMut(&Row) -> Result<(), String>,
) -> Result<(), MeasurementError> {
    let fault = |line: u64, reason: String| MeasurementError::Line { path: path.to_owned(), line, reason, hint };
    let file = std::fs::File::open(path).map_err(|source| MeasurementError::Read { path: path.to_owned(), source })?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let names = reader.headers().map_err(|it| fault(1, it.to_string()))?.clone();
    for row in reader.records() {
        let row = row.map_err(|it| fault(it.position().map_or(0, csv::Position::line), it.to_string()))?;
        let cells = names.iter().zip(&row).map(|(name, cell)| (name.to_owned(), cell.to_owned()));
        take(&Row(cells.collect())).map_err(|reason| fault(row.position().map_or(0, csv::Position::line), reason))?;
    }
    Ok(())
}

fn question(text: &str) -> Result<RightsizeQuestion, String> {
    let whole: Value = serde_json::from_str(text).map_err(|it| it.to_string())?;
    let row = Row::of(&whole)?;
    let name = row.text("query")?.to_owned();
    let runs = whole.get("observed").and_then(Value::as_array).ok_or("observed is missing: a list of runs")?;
    let observed: Result<Vec<Observation>, String> = runs.iter().map(|it| Row::of(it)?.observation()).collect();
    let observed = observed?;
    match observed.first() {
        None => return Err(format!("no run was observed: {name}")),
        Some(it) if !it.completed => return Err(format!("the first run, today's, did not complete: {name}")),
        Some(_) => {}
    }
    let max_slowdown = row.number("max_slowdown")?;
    if let Some(it) = max_slowdown.filter(|it| *it <= 0.0) {
        return Err(format!("max_slowdown has to be above 0: {it}"));
    }
    let remaining_runs = match row.number("remaining_runs")? {
        None => None,
        Some(it) if it >= 1.0 && it.fract() == 0.0 && it <= f64::from(u32::MAX) => Some(it as u32),
        Some(it) => return Err(format!("remaining_runs is a whole number from 1: {it}")),
    };
    Ok(RightsizeQuestion { name, max_slowdown, remaining_runs, observed })
}

/// Cells by column.
struct Row(BTreeMap<String, String>);

impl Row {
    fn of(it: &Value) -> Result<Self, String> {
        let object = it.as_object().ok_or_else(|| format!("not an object: {it}"))?;
        let text = |it: &Value| match it {
            Value::String(it) => Some(it.clone()),
            Value::Bool(_) | Value::Number(_) => Some(it.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        Ok(Self(object.iter().filter_map(|it| Some((it.0.clone(), text(it.1)?))).collect()))
    }

    fn text(&self, column: &str) -> Result<&str, String> {
        let cell = self.0.get(column).map(String::as_str).filter(|it| !it.is_empty());
        cell.ok_or_else(|| format!("{column} is missing"))
    }

    /// `None`: empty.
    fn number(&self, column: &str) -> Result<Option<f64>, String> {
        let Ok(text) = self.text(column) else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(it) if it.is_finite() => Ok(Some(it)),
            _ => Err(format!("{column} is not a number: {text}")),
        }
    }

    fn above_nought(&self, column: &str) -> Result<f64, String> {
        match self.number(column)? {
            Some(it) if it > 0.0 => Ok(it),
            Some(it) => Err(format!("{column} has to be above 0: {it}")),
            None => Err(format!("{column} is missing")),
        }
    }

    fn nodes(&self) -> Result<Nodes, String> {
        let workers = self.above_nought("workers")?;
        if workers.fract() != 0.0 || workers > f64::from(u32::MAX) {
            return Err(format!("workers has to be a whole number: {workers}"));
        }
        Ok(Nodes {
            node_type: self.text("node_type")?.to_owned(),
            workers: workers as u32,
            cores: Cores(self.above_nought("vcpus")?),
            memory: Gib(self.above_nought("memory_gib")?),
            price: self.number("price_usd_hour")?.map(UsdPerHour),
        })
    }

    fn observation(&self) -> Result<Observation, String> {
        let completed = match self.text("completed")? {
            it if it.eq_ignore_ascii_case("true") => true,
            it if it.eq_ignore_ascii_case("false") => false,
            it => return Err(format!("completed is true or false: {it}")),
        };
        let runtime =
            if completed { self.above_nought("runtime_s")? } else { self.number("runtime_s")?.unwrap_or_default() };
        let share = |column| Ok::<_, String>(self.number(column)?.map(|it| Fraction(it / 100.0)));
        let (busy, waiting) = (share("cpu_busy_mean")?, share("io_wait_mean")?);
        let memory = self.number("memory_used_gib_max")?.map(Gib);
        Ok(Observation {
            nodes: self.nodes()?,
            completed,
            runtime: Minutes(runtime / 60.0),
            input_bytes: self.number("input_bytes")?.filter(|it| *it > 0.0).map(|it| it as u64),
            usage: busy.map(|busy| Usage { busy, waiting, memory }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    fn message(it: &MeasurementError) -> String {
        it.to_string().split(": ").skip(1).collect::<Vec<_>>().join(": ")
    }

    #[test]
    fn a_run_is_read_with_what_is_known_of_it() {
        let file = file(
            "workload,node_type,workers,vcpus,memory_gib,price_usd_hour,completed,runtime_s,input_bytes,cpu_busy_mean\n\
             007,m5.xlarge,4,4,16,,true,90,1e9,50\n007,m5.xlarge,2,4,16,0.2,False,30,,\n",
        );
        let known = read_history(file.path()).unwrap();
        let runs = &known["007"];
        assert_eq!(runs[0].runtime, Minutes(1.5));
        assert_eq!((runs[0].nodes.price, runs[0].input_bytes), (None, Some(1_000_000_000)));
        assert_eq!(runs[0].usage.unwrap().busy, Fraction(0.5));
        assert!(!runs[1].completed && runs[1].usage.is_none());
    }

    #[test]
    fn a_bad_cell_is_named_with_its_line_and_column() {
        let head = "config,node_type,workers,vcpus,memory_gib,price_usd_hour\n";
        for (rows, wanted) in [
            ("a,m5,4,4,16,1\nb,m5,four,4,16,1\n", "workers is not a number: four"),
            ("a,m5,4,4,16,1\nb,m5,0,4,16,1\n", "workers has to be above 0: 0"),
            ("a,m5,4,4,16,1\nb,m5,1.5,4,16,1\n", "workers has to be a whole number: 1.5"),
            ("a,m5,4,4,16,1\na,m5,8,4,16,1\n", "a configuration is named twice: a"),
            ("a,m5,4,4,16,1\nb,,8,4,16,1\n", "node_type is missing"),
            ("a,m5,4,4,16,1\nb,m5,8,inf,16,1\n", "vcpus is not a number: inf"),
        ] {
            let file = file(&format!("{head}{rows}"));
            let error = read_candidates(file.path()).unwrap_err();
            assert!(error.to_string().contains(", line 3: "), "{error}");
            assert!(message(&error).starts_with(wanted), "{error}");
        }
        let empty = file(head);
        assert!(read_candidates(empty.path()).unwrap_err().to_string().contains("has no rows"));
    }

    #[test]
    fn a_question_needs_a_run_that_completed() {
        let run = r#"{"node_type":"m5","workers":4,"vcpus":4,"memory_gib":16,"completed":true,"runtime_s":60}"#;
        let good = file(&format!("{{\"query\":\"q\",\"observed\":[{run}],\"remaining_runs\":3}}\n\n"));
        let read = read_questions(good.path()).unwrap();
        assert_eq!((read[0].name.as_str(), read[0].remaining_runs, read[0].observed.len()), ("q", Some(3), 1));
        for (text, wanted) in [
            (r#"{"query":"q","observed":[]}"#.to_owned(), "no run was observed: q"),
            (format!("{{\"query\":\"q\",\"observed\":[{}]}}", run.replace("true", "false")), "the first run, today's"),
            (format!("{{\"observed\":[{run}]}}"), "query is missing"),
            (format!("{{\"query\":\"q\",\"observed\":[{run}],\"remaining_runs\":0}}"), "remaining_runs is a whole"),
            ("{".to_owned(), "EOF"),
        ] {
            let error = read_questions(file(&text).path()).unwrap_err();
            assert!(message(&error).starts_with(wanted), "{error}");
        }
    }
}
