#!/usr/bin/env python3
"""How often `clusteriq rightsize` is right, on clusters that people really ran.

    bench/decisions/run.py --data FOLDER                   every table, some ten minutes (make bench-decisions DATA=FOLDER)
    bench/decisions/run.py --data FOLDER --only loop look  some of: loop look runs ablation frontier time
    bench/decisions/run.py --data FOLDER --pictures docs/pictures

The measurements are those of measurements.py; none is in the repository. Runs of the algorithm that is asked about are never in the
history (leave one algorithm out), workloads have no names, and what would really have happened is in the data.

loop   A job runs 30 times more. Before each run the engine may name another configuration, sees what came of it, crashes included, and goes
       on until it is content. All 30 runs are paid for; one that crashed is run again where it ran before, at twice today's cost in all.
       Capture is the net saving ÷ what an oracle saves from the first run. Bad: over 1.2 times as long as today, over 2 % dearer, or crashed.
look   One recommendation from today's run alone, or none.
runs   Prediction after one, two and three runs, the second and third chosen by chance or by the engine.
"""

import argparse
import json
import math
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import measurements

ROOT = Path(__file__).resolve().parents[2]
SLOWDOWN, SAME, RUNS = 1.2, 1.02, 30
NODES = measurements.COLUMNS[1:6]


class Fold:
    """An algorithm that is asked about, the runs of all others, and the configurations on which all its workloads ran."""

    def __init__(self, algorithm, tested, known):
        mine = [it for it in tested if it["algorithm"] == algorithm]
        self.algorithm = algorithm
        self.known = [it for it in known if it["algorithm"] != algorithm]
        by_place = defaultdict(set)
        for it in mine:
            by_place[place(it)].add(it["workload"])
        most = max(len(it) for it in by_place.values())
        mine = [it for it in mine if len(by_place[place(it)]) == most]
        self.truth = {(it["workload"], place(it)): it for it in mine}
        places = list({place(it): it for it in mine}.values())
        random.Random(1).shuffle(places)
        self.configs = {f"c{number:03}": it for number, it in enumerate(places)}
        self.starts = [it for it in mine if it["completed"]]

    def after(self, today, config):
        """What a run of today's workload on a configuration was really like; None: it was never run."""
        return self.truth.get((today["workload"], place(self.configs[config])))


def place(it):
    """What tells configurations apart."""
    return it["node_type"], it["workers"]


def cost(it):
    """US dollars of a run."""
    return it["price_usd_hour"] * it["workers"] * it["runtime_s"] / 3600


def folds(tested, known):
    """One per algorithm that is tested."""
    return [Fold(it, tested, known) for it in sorted({it["algorithm"] for it in tested})]


def ask(engine, fold, queries, remaining, flags=(), drop=()):
    """The engine's answers: `queries` has the runs that were seen, today's first, by name."""
    columns = [it for it in measurements.COLUMNS if it not in drop]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        strange = tuple(it.removeprefix("family ") + "." for it in drop if it.startswith("family "))
        known = [it for it in fold.known if not it["node_type"].startswith(strange)] if strange else fold.known
        names = sorted({it["workload"] for it in known})
        random.Random(2).shuffle(names)
        masks = {it: f"w{number}" for number, it in enumerate(names)}
        rows = [dict(it, workload=masks[it["workload"]]) for it in known]
        random.Random(3).shuffle(rows)
        measurements.write(folder / "history.csv", rows, columns)
        measurements.write(folder / "candidates.csv", [dict(it, config=name) for name, it in fold.configs.items()], ["config", *NODES])
        seen = lambda it: {name: it[name] for name in columns[1:] if it.get(name) is not None}
        lines = [json.dumps({"query": name, "max_slowdown": SLOWDOWN, "remaining_runs": remaining, "observed": [seen(it) for it in runs]}) for name, runs in queries.items()]
        (folder / "queries.jsonl").write_text("\n".join(lines))
        command = [engine, "rightsize", "--history", folder / "history.csv", "--candidates", folder / "candidates.csv", "--queries", folder / "queries.jsonl", *flags]
        if "no history" in drop:
            command[2:4] = []
        done = subprocess.run([str(it) for it in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return {it["query"]: it for it in map(json.loads, done.stdout.splitlines())}


def is_bad(after, today):
    """Whether a run is worse than today's."""
    return not after["completed"] or after["runtime_s"] > SLOWDOWN * today["runtime_s"] * 1.0001 or cost(after) > SAME * cost(today)


def allowed(runs, today):
    """Costs of those that completed within the limit."""
    return [cost(it) for it in runs if it["completed"] and it["runtime_s"] <= SLOWDOWN * today["runtime_s"] * 1.0001]


def loop(policy, folds, every=1):
    """Plays the recurring jobs; `policy` names configurations by query, or None. Returns means, and the risks that were said and came."""
    score, said = defaultdict(list), []
    for fold in folds:
        starts = {f"q{number}": it for number, it in enumerate(fold.starts[::every])}
        seen = {name: [it] for name, it in starts.items()}
        spent, bad, crashed, active = defaultdict(float), defaultdict(int), defaultdict(int), set(starts)
        for step in range(RUNS):
            answers = policy(fold, {it: seen[it] for it in sorted(active)}, RUNS - step) if active else {}
            for name, today in starts.items():
                choice, risk = answers.get(name, (None, None))
                if choice is None:
                    active.discard(name)
                    spent[name] += min(allowed(seen[name], today))
                    continue
                after = fold.after(today, choice)
                seen[name].append(after)
                bad[name] += is_bad(after, today)
                crashed[name] += not after["completed"]
                spent[name] += cost(after) if after["completed"] else 2 * cost(today)
                if risk is not None:
                    said.append((risk, is_bad(after, today)))
        for name, today in starts.items():
            here = [fold.after(today, it) for it in fold.configs]
            score["oracle"].append(1 - min(allowed(here, today)) / cost(today))
            score["saving"].append(1 - spent[name] / RUNS / cost(today))
            score["trials"].append(len(seen[name]) - 1)
            score["bad"].append(bad[name] / RUNS)
            score["crashed"].append(crashed[name] / RUNS)
    means = {name: statistics.fmean(it) for name, it in score.items()}
    return dict(means, capture=means["saving"] / means["oracle"], starts=len(score["saving"])), said


def engine_policy(engine, flags=(), drop=()):
    """What the engine says."""
    def policy(fold, seen, remaining):
        answers = ask(engine, fold, seen, remaining, flags, drop)
        return {name: (it["recommended"], it["risk"]) for name, it in answers.items()}
    return policy


def halving(fold, seen, _remaining):
    """Half as many workers of the same kind, while the last try was no worse than today."""
    answers = {}
    for name, runs in seen.items():
        half = (runs[-1]["node_type"], runs[-1]["workers"] // 2)
        held = len(runs) == 1 or not is_bad(runs[-1], runs[0])
        answers[name] = (next((config for config, it in fold.configs.items() if place(it) == half), None) if held else None, None)
    return answers


def by_chance(fold, seen, _remaining):
    """Four tries at random."""
    answers = {}
    for name, runs in seen.items():
        done = {place(it) for it in runs}
        left = [config for config, it in fold.configs.items() if place(it) not in done]
        answers[name] = (random.Random(f"{name} {len(runs)}").choice(left) if len(runs) <= 4 else None, None)
    return answers


def look(engine, folds, flags=(), drop=()):
    """One recommendation from one run."""
    score = defaultdict(list)
    for fold in folds:
        starts = {f"q{number}": it for number, it in enumerate(fold.starts)}
        answers = ask(engine, fold, {name: [it] for name, it in starts.items()}, 1, flags, drop)
        for name, today in starts.items():
            here = {it: fold.after(today, it) for it in fold.configs}
            score["oracle"].append(1 - min(allowed([it for it in here.values() if it], today)) / cost(today))
            choice, predicted = answers[name]["recommended"], {it["config"]: it for it in answers[name]["predictions"]}
            after = here.get(choice)
            crashed = after is not None and not after["completed"]
            saving = 0.0 if after is None else -1.0 if crashed else 1 - cost(after) / cost(today)
            score["saving"].append(saving)
            score["moved"].append(after is not None)
            score["crashed"].append(crashed)
            score["harm"].append(saving < 1 - SAME)
            score["slow"].append(after is not None and not crashed and after["runtime_s"] > SLOWDOWN * today["runtime_s"] * 1.0001)
            if after is not None:
                score["bias"].append(1 - predicted[choice]["runtime_s"]["likely"] * after["price_usd_hour"] * after["workers"] / 3600 / cost(today) - saving)
            for config, it in here.items():
                if it and it["completed"] and place(it) != place(today):
                    runtime = predicted[config]["runtime_s"]
                    score["error"].append(abs(runtime["likely"] / it["runtime_s"] - 1))
                    score["covered"].append(runtime["low"] <= it["runtime_s"] <= runtime["high"])
    means = {name: statistics.fmean(it) for name, it in score.items()}
    return dict({"bias": math.nan}, **means, capture=means["saving"] / means["oracle"], starts=len(score["saving"]), median_error=statistics.median(score["error"]))


def runs(engine, folds, every):
    """Errors of prediction after so many runs: {(how further runs were chosen, runs): [mean error, share within the interval, net saving]}."""
    table = defaultdict(lambda: defaultdict(list))
    for fold in folds:
        starts = {f"q{number}": it for number, it in enumerate(fold.starts[::every])}
        for how in ("by chance", "suggested"):
            seen = {name: [it] for name, it in starts.items()}
            for number in (1, 2, 3):
                answers = ask(engine, fold, seen, RUNS)
                for name, today in starts.items():
                    done = {place(it) for it in seen[name]}
                    if len(seen[name]) < number:
                        continue
                    for it in answers[name]["predictions"]:
                        after = fold.after(today, it["config"])
                        if after and after["completed"] and place(after) not in done:
                            table[how, number]["error"].append(abs(it["runtime_s"]["likely"] / after["runtime_s"] - 1))
                            table[how, number]["covered"].append(it["runtime_s"]["low"] <= after["runtime_s"] <= it["runtime_s"]["high"])
                    table[how, number]["best"].append(1 - min(allowed(seen[name], today)) / cost(today))
                    left = [config for config, it in fold.configs.items() if place(it) not in done and fold.after(today, config)]
                    chosen = answers[name]["recommended"] if how == "suggested" else random.Random(f"{name} {number}").choice(left) if left else None
                    if chosen and fold.after(today, chosen):
                        seen[name].append(fold.after(today, chosen))
    return {key: {name: statistics.fmean(it) for name, it in some.items()} | {"number": len(some["best"])} for key, some in table.items()}


def line(*cells):
    """A row of a table."""
    print("| " + " | ".join(str(it) for it in cells) + " |", flush=True)


def head(*cells):
    """The first rows of a table."""
    line(*cells)
    line(*("---" for _ in cells))


def loop_line(name, it):
    """A row about a loop."""
    line(name, f"{it['capture']:.2f}", f"{it['trials']:.1f}", f"{it['bad']:.1%}", f"{it['crashed']:.2%}")


def look_line(name, it):
    """A row about single recommendations."""
    line(name, f"{it['capture']:.2f}", f"{it['moved']:.0%}", f"{it['harm']:.1%}", f"{it['crashed']:.1%}", f"{it['slow']:.1%}", f"{it['bias'] * 100:+.1f}",
         f"{it['error']:.1%} ({it['median_error']:.1%})", f"{it['covered']:.1%}")


def changed_prior(folder, name, **beliefs):
    """A file with other beliefs than the learned ones."""
    stored = json.loads((ROOT / "crates/clusteriq-engine/src/predict/prior.json").read_text())
    stored["prior"].update(beliefs)
    path = Path(folder) / f"{name}.json"
    path.write_text(json.dumps(stored))
    return ["--prior", path]


def broad(folder):
    """Beliefs that are half as sure."""
    prior = json.loads((ROOT / "crates/clusteriq-engine/src/predict/prior.json").read_text())["prior"]
    twice = {name: [prior[name][0], prior[name][1] * 2] for name in ("serial", "tasks", "power", "storage", "overhead", "pressure")}
    return changed_prior(folder, "broad", **twice, left_over=prior["left_over"] * 2, left_over_kind=prior["left_over_kind"] * 2, left_over_family=prior["left_over_family"] * 2)


def picture(path, title, across, up, points, diagonal=False):
    """Points joined by a line, as SVG."""
    width, height, left, top = 520, 340, 60, 40
    right, high = max(it[0] for it in points) * 1.1, max(it[1] for it in points) * 1.1
    at = lambda x, y: (left + x / right * (width - left - 20), height - 50 - y / high * (height - 50 - top))
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="#fff"/>', f'<text x="{left}" y="22" font-size="14" font-weight="bold">{title}</text>']
    for step in range(6):
        x, y = right * step / 5, high * step / 5
        out.append(f'<line x1="{at(0, y)[0]}" y1="{at(0, y)[1]}" x2="{at(right, y)[0]}" y2="{at(0, y)[1]}" stroke="#ddd"/>')
        out.append(f'<text x="{at(x, 0)[0]}" y="{height - 32}" text-anchor="middle">{x * 100:.1f} %</text><text x="{left - 6}" y="{at(0, y)[1] + 4}" text-anchor="end">{y * 100:.0f} %</text>')
    if diagonal:
        end = min(right, high)
        out.append(f'<line x1="{at(0, 0)[0]}" y1="{at(0, 0)[1]}" x2="{at(end, end)[0]}" y2="{at(end, end)[1]}" stroke="#999" stroke-dasharray="4"/>')
    out.append('<polyline fill="none" stroke="#2563eb" stroke-width="2" points="' + " ".join(f"{at(*it[:2])[0]:.1f},{at(*it[:2])[1]:.1f}" for it in points) + '"/>')
    for it in points:
        x, y = at(*it[:2])
        out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#2563eb"/><text x="{x + 7:.1f}" y="{y + 14:.1f}" fill="#555">{it[2]}</text>')
    out.append(f'<text x="{(left + width) / 2}" y="{height - 10}" text-anchor="middle">{across}</text><text transform="translate(14 {height / 2}) rotate(-90)" text-anchor="middle">{up}</text></svg>')
    path.write_text("\n".join(out) + "\n")


def main():
    """Reads the arguments, and prints the tables that are wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with the measurements")
    parser.add_argument("--clusteriq", type=Path, help="the binary; without it the release binary is built")
    parser.add_argument("--only", nargs="+", default=["loop", "look", "runs", "ablation", "frontier", "time"])
    parser.add_argument("--pictures", type=Path, help="folder for the two pictures")
    options = parser.parse_args()
    if options.data is None:
        print("skipped: the measurements are not in the repository; give their folder as --data (measurements.py says which)")
        return 0
    if options.clusteriq is None:
        subprocess.run(["cargo", "build", "--release", "--locked", "--package", "clusteriq"], cwd=ROOT, check=True)
        options.clusteriq = ROOT / "target" / "release" / "clusteriq"
    engine = options.clusteriq.resolve()
    known = measurements.scout(options.data)
    scout = folds([it for it in known if it["spark"]], known)
    lumos = folds(*[measurements.lumos(options.data)] * 2)
    told = []
    if "loop" in options.only:
        print(f"\n### A job that recurs ({RUNS} runs, {sum(len(it.starts) for it in scout)} starting points)\n")
        head("policy", "capture", "trials", "bad runs", "crashed")
        loop_line("half the workers while it holds", loop(halving, scout)[0])
        loop_line("four random trials", loop(by_chance, scout)[0])
        mine, told = loop(engine_policy(engine), scout)
        loop_line("**ClusterIQ**", mine)
        for it in scout:
            loop_line(f"of it: {it.algorithm} left out", loop(engine_policy(engine), [it])[0])
    if "look" in options.only:
        print("\n### One look\n")
        head("measurements", "capture", "moved", "harm", "crashed", "slow", "promised − realised, points", "error, mean (median)", "80 % interval holds")
        look_line("clusters (Scout), no utilisation", look(engine, scout))
        look_line("single nodes (LUMOS), utilisation", look(engine, lumos))
    if "runs" in options.only:
        print("\n### One, two and three runs\n")
        head("measurements", "runs after the first", "runs", "mean error", "80 % interval holds", "best run so far saves", "starting points")
        c3o = measurements.c3o(options.data)
        for name, of, every in (("Scout", scout, 2), ("C3O", folds(c3o, c3o), 3)):
            for (how, number), it in sorted(runs(engine, of, every).items(), key=lambda it: (it[0][0], it[0][1])):
                if number > 1 or how == "by chance":
                    line(name, how if number > 1 else "", number, f"{it['error']:.1%}", f"{it['covered']:.1%}", f"{it['best']:.1%}", it["number"])
    with tempfile.TemporaryDirectory() as folder:
        without = {
            "everything": ((), ()),
            "no memory term": (changed_prior(folder, "memory", with_cliff=0.0, with_pressure=0.0, with_least=0.0), ()),
            "no other workloads": ((), ("no history",)),
            "broad beliefs (spreads doubled)": (broad(folder), ()),
            "nothing left over (physics alone)": (changed_prior(folder, "left", left_over=0.01, left_over_kind=0.01, left_over_family=0.01), ()),
            "runs on c4 and c5 (never seen before)": ((), ("family c4", "family c5")),
            "runs on r4 and r5": ((), ("family r4", "family r5")),
            "no utilisation": ((), ("cpu_busy_mean", "io_wait_mean", "memory_used_gib_max")),
            "no abstention": (["--most-harm", "100", "--most-slow", "100", "--bad-run", "0"], ()),
        }
        if "ablation" in options.only:
            print("\n### What earns what\n")
            head("without", "loop: capture", "trials", "bad runs", "crashed", "one look (Scout): capture", "harm", "error", "interval holds", "LUMOS: capture", "harm", "error")
            for name, (flags, drop) in without.items():
                of = loop(engine_policy(engine, flags, drop), scout, 3)[0]
                one, single = look(engine, scout, flags, drop), look(engine, lumos, flags, drop)
                line(name, f"{of['capture']:.2f}", f"{of['trials']:.1f}", f"{of['bad']:.1%}", f"{of['crashed']:.2%}", f"{one['capture']:.2f}", f"{one['harm']:.1%}",
                     f"{one['error']:.1%}", f"{one['covered']:.1%}", f"{single['capture']:.2f}", f"{single['harm']:.1%}", f"{single['error']:.1%}")
    if "frontier" in options.only:
        print("\n### Capture against bad runs\n")
        head("`--bad-run`", "capture", "trials", "bad runs", "crashed")
        points = []
        for weight in ("0", "0.5", "1", "2", "3", "5", "10"):
            it, _ = loop(engine_policy(engine, ["--bad-run", weight]), scout)
            loop_line(weight, it)
            points.append((it["bad"], it["capture"], weight))
        if options.pictures:
            picture(options.pictures / "decisions-frontier.svg", "Capture against bad runs, by --bad-run", "bad runs of 30", "capture", sorted(points))
    if told:
        print("\n### Risks that were said of trials, and came\n")
        head("said", "came", "trials")
        points = []
        for low in range(0, 10):
            some = [it for it in told if low <= it[0] * 10 < low + 1]
            if len(some) >= 10:
                points.append((statistics.fmean(it[0] for it in some), statistics.fmean(it[1] for it in some), len(some)))
                line(f"{points[-1][0]:.0%}", f"{points[-1][1]:.0%}", len(some))
        if options.pictures:
            picture(options.pictures / "decisions-risk.svg", "Risk of a trial: said and came", "said", "came", points, diagonal=True)
    if "time" in options.only:
        print("\n### Time\n")
        fold = scout[0]
        places = [dict(it, node_type=f"{it['node_type']}{number}") for number in range(8) for it in fold.configs.values()][:499]
        configs, fold.configs = fold.configs, {f"c{number:03}": it for number, it in enumerate([*places, fold.starts[0]])}
        timed = {}
        for number in (1, 201):
            queries = {f"q{it}": [fold.starts[it % len(fold.starts)]] for it in range(number)}
            for query in queries.values():
                query[0] = dict(query[0], **{name: fold.starts[0][name] for name in NODES})
            begin = time.monotonic()
            ask(engine, fold, queries, RUNS)
            timed[number] = time.monotonic() - begin
        fold.configs = configs
        print(f"One question against {len(places) + 1} candidates with {len({it['workload'] for it in fold.known})} other workloads: {(timed[201] - timed[1]) / 200 * 1000:.1f} ms; a process with one question: {timed[1]:.2f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
