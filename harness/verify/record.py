"""What was written down: the record on the integration branch, the evidence, the channel, the replay."""

from __future__ import annotations

import re

from harness import __version__
from harness.domain.digest import digest
from harness.domain.event import Answered, Entered
from harness.errors import Diverged, HarnessError, Mistake
from harness.flow import record
from harness.flow.backlog import PATH as BACKLOG
from harness.flow.backlog import ticked
from harness.flow.pipeline import PIPELINE, seal
from harness.journal.bundle import evidence
from harness.replay import again
from harness.verify.case import Case
from harness.verify.check import Finding, failed, judged, ok, unable
from harness.workspace import archiving

MINUTES = re.compile(r"TBC/minutes/TBC-MIN-(\d+)-")


def written(case: Case) -> Finding:
    """The record's commit holds what is rendered from the journal, and nobody edited it since."""
    key = f"record/{case.state.attempts.get('record', 0)}"
    answer = case.answer(f"{key}/commit")
    commit = str(answer.get("commit", "")) if isinstance(answer, dict) else ""
    if not case.has(commit):
        return case.gone(commit, "the record's commit")
    below = case.git.commit(f"{commit}^1")
    if not below:
        return case.gone("", "what the record was committed on")
    place = _place(case, key)
    paths, strange = _own(case, below, commit, place)
    texts = {path: (case.git.read(commit, path) or b"").decode("utf-8", errors="replace") for path in paths}
    message = case.git.run("cat-file", "commit", commit).decode(errors="replace").partition("\n\n")[2].rstrip("\n")
    rendered = _rendered(case, f"{key}/commit", place)
    asked = case.question(f"{key}/commit")
    same = digest({"files": rendered, "message": message}) == asked
    if not same and digest({"files": _unnumbered(texts), "message": message}) != asked:
        return failed(f"the files in {commit[:12]} are not those that the journal recorded")
    problems = [f"{path} is not what the journal says" for path in _differing(rendered, texts)]
    now = [f"{path} was changed on {case.develop} since" for path in paths if case.tip and _edited(case, commit, path)]
    odd = [f"{path} was changed by {commit[:12]}, which is not a part of the record" for path in strange]
    if not same and case.version != __version__ and not now and not odd:
        return unable(f"version {case.version or 'unknown'} rendered them, this one renders others: {problems[0]}")
    text = f"{len(paths)} files in {commit[:12]} are those rendered from the journal"
    return judged([*problems, *now, *odd], text if place == case.change.folder else f"{text}, archived in {place}")


def _place(case: Case, key: str) -> str:
    """Where the change's folder went with the record; where it always was, in a run that did not archive it."""
    answer = case.answer(f"{key}/place")
    return str(answer.get("folder", "")) if isinstance(answer, dict) else case.change.folder


def _own(case: Case, below: str, commit: str, place: str) -> tuple[list[str], list[str]]:
    """(what a commit wrote of its own, what it had no business with): the folder moves whole, the backlog is ticked."""
    changed = case.git.changed(below, commit)
    source = case.change.folder
    came = {path.replace(source, place, 1) for path in case.git.paths(below) if path.startswith(f"{source}/")}
    if place != source and came and archiving.moves(case.git, below, commit).get(source) != place:
        return sorted(changed), [f"{source}, which is not whole in {place},"]
    moved = came | {path for path in changed if path.startswith(f"{source}/")} if place != source else set()
    noted = {BACKLOG} & changed.keys()
    ticks = ticked(case.git.read(below, BACKLOG) or b"", case.change.name) if noted else b""
    strange = [path for path in noted if ticks != case.git.read(commit, path)]
    return sorted(changed.keys() - moved - noted), strange


def _rendered(case: Case, key: str, place: str) -> dict[str, str]:
    """The files that this version renders; none where it can't."""
    at = max(e.seq for e in case.entries if isinstance(e.event, Entered) and e.event.stage == "record")
    artifacts = case.before(case.questions[key].seq).artifacts
    try:
        return record.files(case.entries[: at + 1], artifacts, case.change, case.gates[1], case.render, place)
    except Mistake:
        return {}


def _numbered(path: str, text: str, number: str) -> tuple[str, str]:
    return path.replace("NNN", number), text.replace("TBC-MIN-NNN", f"TBC-MIN-{number}")


def _differing(rendered: dict[str, str], texts: dict[str, str]) -> list[str]:
    """Paths whose content in the commit is not the rendered one; the minutes' number is the commit's."""
    number = next((match[1] for path in texts if (match := MINUTES.match(path))), "NNN")
    meant = dict(_numbered(path, text, number) for path, text in rendered.items())
    return sorted(path for path in {*meant, *texts} if meant.get(path) != texts.get(path))


def _unnumbered(texts: dict[str, str]) -> dict[str, str]:
    """The files as they were asked to be committed, before the minutes had a number."""
    number = next((match[1] for path in texts if (match := MINUTES.match(path))), "NNN")
    mark = f"TBC-MIN-{number}"
    return {path.replace(mark, "TBC-MIN-NNN"): text.replace(mark, "TBC-MIN-NNN") for path, text in texts.items()}


def _edited(case: Case, commit: str, path: str) -> bool:
    """Whether the integration branch has another content there now; a file that moved with its folder is the same."""
    blob, now = case.git.paths(commit).get(path), case.git.paths(case.tip)
    if path in now or blob is None:
        return now.get(path) != blob
    folder, _, name = path.rpartition("/")
    name = f"/record/{name}" if folder.endswith("/record") else f"/{name}"
    places = ("openspec/archive/", "openspec/changes/")
    return not any(row == blob and other.endswith(name) and other.startswith(places) for other, row in now.items())


def kept(case: Case) -> Finding:
    """Every piece of evidence that a gate named is here and has its digest."""
    names = evidence(case.entries)
    if case.blob is None:
        return unable("the record came without its evidence; a bundle has it") if names else ok("no gate named any")
    problems = [f"{name[:12]} of entry {seq} {why}" for name, seq in names.items() if (why := case.blob(name))]
    return judged(problems, f"{len(names)} pieces, each with its digest")


def channel(case: Case) -> Finding:
    """Every message that the record names is on the approvals channel, word for word."""
    posted = [e for e in case.entries if isinstance(e.event, Answered) and e.event.kind == "post"]
    messages = case.messages()
    if isinstance(messages, str):
        return unable(messages)
    known = {message.number: message for message in messages}
    problems = []
    for entry in posted:
        assert isinstance(entry.event, Answered)
        number = int(entry.event.answer.get("number", 0))
        message = known.get(number)
        if message is None:
            problems.append(f"msg #{number} of entry {entry.seq} is not on the channel")
            continue
        said = {"key": message.key, "author": message.author, "text": message.text}
        if digest(said) != entry.event.question:
            problems.append(f"msg #{number} is not what entry {entry.seq} posted")
    return judged(problems, f"{len(posted)} messages, as they were posted")


def replayed(case: Case) -> Finding:
    """Driving the record again comes to every fact that it holds."""
    version = case.version
    if case.state.pipeline != seal(PIPELINE):
        return unable("the record was made with another pipeline table")
    try:
        journal = again(case.entries)
    except Diverged as error:
        text = str(error).splitlines()[0]
        return failed(text) if version == __version__ else unable(f"made by version {version or 'unknown'}: {text}")
    except HarnessError as error:
        return failed(str(error))
    same = [row[2] for row in journal.rows] == [e.event.model_dump_json() for e in case.entries[: len(journal.rows)]]
    return ok(f"{len(case.entries)} entries, the same again") if same else failed("the new journal is not the old one")
