#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Kinds of jobs by the command line: `vogate job-kind`, what it writes in the eyes of validators, imported
scripts with hostile values, and the programs that ship. Needs no stack."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "server"))
from harness import BUILD, ROOT, main, run  # noqa: E402

SHIPPED = sorted(path.stem for path in (ROOT / "conf/jobs").glob("*.job"))
DOCUMENTS = ROOT / "tests/jdl"
VOT = "{http://www.ivoa.net/xml/VOTable/v1.3}"
WADL = "{http://wadl.dev.java.net/2009/02}"

# What the schema of WADL (W3C submission of 2009) lets stand in an element, in this order, and its attributes.
SHAPES = {
    "application": (("doc", "grammars", "resources", "method", "representation", "param"), ()),
    "doc": ((), ("title",)),
    "resources": (("doc", "resource"), ("base",)),
    "resource": (("doc", "param", ("method", "resource")), ("id", "type", "queryType", "path")),
    "method": (("doc", "request", "response"), ("id", "name", "href")),
    "request": (("doc", "param", "representation"), ()),
    "response": (("doc", "param", "representation"), ("status",)),
    "representation": (("doc", "param"), ("id", "element", "mediaType", "href", "profile")),
    "param": (("doc", "option", "link"),
              ("href", "name", "style", "id", "type", "default", "required", "repeating", "fixed", "path")),
    "option": (("doc",), ("value", "mediaType")),
}


class Site:
    """A folder with a vogate.conf and a folder of kinds."""

    def __init__(self, folder, kinds=None):
        self.folder = pathlib.Path(folder)
        self.kinds = pathlib.Path(kinds) if kinds else self.folder / "kinds"
        self.kinds.mkdir(exist_ok=True)
        self.config = self.folder / "vogate.conf"
        self.config.write_text("authority = obs.example.org\nbase_url = http://127.0.0.1:1/vo\n"
                               f"database_query = host=/nowhere\nlibexec_dir = {BUILD}\nkinds_dir = {self.kinds}\n")

    def job_kind(self, *words):
        return run(BUILD / "vogate", "--config", self.config, "job-kind", *words)


@contextlib.contextmanager
def a_site(kinds=None):
    with tempfile.TemporaryDirectory(prefix="vogate-kinds-") as folder:
        yield Site(folder, kinds)


def test_shipped(tap):
    """The kinds that ship."""
    with a_site(ROOT / "conf/jobs") as site:
        done = site.job_kind("list")
        tap.ok(done.returncode == 0 and "refused" not in done.stdout
               and [line.split()[0] for line in done.stdout.splitlines()] == SHIPPED,
               "the kinds that ship are listed", done.stdout)
        paths = [site.kinds / f"{name}.job" for name in SHIPPED]
        done = site.job_kind("check", *paths)
        tap.equal((done.returncode, done.stdout), (0, "".join(f"{path}: OK\n" for path in paths)),
                  "and each is right")


def test_guide(tap):
    """The example of doc/kinds.md."""
    text = (ROOT / "doc/kinds.md").read_text(encoding="utf-8").partition("```ini\n")[2].partition("```")[0]
    with a_site() as site:
        program = site.kinds / "smooth-map"
        program.write_text("#!/bin/false\n")
        program.chmod(0o755)
        job = site.kinds / "smooth.job"
        job.write_text(text.replace("command = ", "command = {kind_dir}/"), encoding="utf-8")
        done = site.job_kind("check", job)
        tap.equal((len(text.splitlines()), done.stdout), (10, f"{job}: OK\n"), "ten lines are a kind")


def test_refused(tap):
    """Descriptions that are wrong."""
    with a_site() as site:
        good, bad = site.kinds / "good.job", site.kinds / "bad.job"
        shutil.copy(ROOT / "conf/jobs/sleep.job", good)
        bad.write_text("version = 1\ndescription = x\ncommand = job-sleep --seconds={second}\n"
                       "[parameter seconds]\ntype = double\n")
        reason = (f"{bad}:3: the command has {{second}}, which is no parameter and no input; "
                  "did you mean {seconds}?\n")
        done = site.job_kind("check", bad, good)
        tap.equal((done.returncode, done.stdout), (1, f"{reason}{good}: OK\n"),
                  "check names file, line and reason, and goes on")
        done = site.job_kind("list")
        tap.ok(done.returncode == 1 and done.stdout.startswith("good  1.0  local  ")
               and done.stdout.endswith(f"refused: {reason}"), "list has the good and the refused", done.stdout)
        done = site.job_kind("export", "bad")
        tap.ok(done.returncode != 0 and "{second}" in done.stdout, "a bad one is not exported", done.stdout)
        for words in (["check"], ["export"], ["export", "good", "--format", "yaml"], ["list", "x"], ["paint"],
                      ["import", "x", "--replace", "--print"], ["list", "--replace"], ["export", "good", "--format"]):
            done = site.job_kind(*words)
            tap.equal(done.returncode, 2, f"wrong usage: {' '.join(words)}", done.stdout)
        shutil.rmtree(site.kinds)
        done = site.job_kind("list")
        tap.ok(done.returncode == 1 and "cannot be read" in done.stdout and "kinds_dir" in done.stdout,
               "a folder that is not there is named", done.stdout)


def find_shape_fault(element):
    """What the schema of WADL would not have; nothing when all is well."""
    name = element.tag.removeprefix(WADL)
    if name not in SHAPES:
        return f"an element {element.tag}"
    children, attributes = SHAPES[name]
    at = 0
    for child in element:
        tag = child.tag.removeprefix(WADL)
        while at < len(children) and tag not in ((children[at],) if isinstance(children[at], str) else children[at]):
            at += 1
        if at == len(children):
            return f"{tag} in {name}, or in the wrong order"
        if fault := find_shape_fault(child):
            return fault
    for attribute in element.attrib:
        if not attribute.startswith("{") and attribute not in attributes:
            return f"attribute {attribute} of {name}"
    return ""


def exported(site, name, form, folder):
    done = site.job_kind("export", name, "--format", form)
    path = pathlib.Path(folder) / f"{name}.{form}"
    path.write_text(done.stdout, encoding="utf-8")
    return path


def votlint(tap, path, name):
    if not shutil.which("stilts"):
        tap.skip(name, "no stilts")
        return
    done = run("stilts", "votlint", path)
    tap.equal((done.returncode, done.stdout), (0, ""), name)


def validate(tap, path, name):
    import astropy.io.votable
    schema = pathlib.Path(astropy.io.votable.__file__).parent / "data/VOTable.v1.4.xsd"
    if not schema.exists() or not shutil.which("xmllint"):
        tap.skip(name, "no schema, or no xmllint")
        return
    done = run("xmllint", "--nonet", "--noout", "--schema", schema, path)
    tap.ok(done.returncode == 0, name, done.stdout)


def rich_kind(site):
    """One with parameters of all types, inputs and results."""
    text = "version = 1\ntitle = A & B\ndescription = <All> of it.\ncommand = job-sleep {job}\ncontact_name = Ä\n"
    for kind in ("boolean", "short", "int", "long", "float", "double", "char"):
        text += f"[parameter a_{kind}]\ntype = {kind}\n[parameter several_{kind}]\ntype = {kind}\nmultiplicity = 0..*\n"
    text += ("[parameter start]\ntype = char\nxtype = timestamp\nmin = 2020-01-01\n"
             "[parameter radius]\ntype = double\nunit = deg\nucd = pos.angDistance\nmin = 0\nmax = 180\ndefault = 0.1\n"
             "[parameter mode]\ntype = char\noptions = a | b<c\ndefault = a\n"
             "[input events]\ncontent_type = application/fits\norigin = upload url\nmax_mb = 7\nmultiplicity = 1..2\n"
             "[result r]\nfile = *.fits\ncontent_type = application/fits\nmultiplicity = 0..*\n")
    (site.kinds / "rich.job").write_text(text, encoding="utf-8")


def test_exported(tap):
    """What clients read, in the eyes of validators."""
    with a_site() as site, tempfile.TemporaryDirectory() as folder:
        for name in SHIPPED:
            shutil.copy(ROOT / f"conf/jobs/{name}.job", site.kinds)
        rich_kind(site)
        for name in [*SHIPPED, "rich"]:
            path = exported(site, name, "votable", folder)
            votlint(tap, path, f"{name}: votlint has nothing to say")
            validate(tap, path, f"{name}: valid against the schema of VOTable 1.4")
            wadl = ET.parse(exported(site, name, "wadl", folder)).getroot()
            tap.equal((wadl.tag, find_shape_fault(wadl)), (f"{WADL}application", ""), f"{name}: WADL has its shape")
            content = json.loads(exported(site, name, "json", folder).read_text(encoding="utf-8"))
            tap.equal((content["name"], content["url"]), (name, f"http://127.0.0.1:1/vo/uws/{name}"),
                      f"{name}: JSON knows name and address")
            params = ET.parse(path).getroot().find(f"{VOT}RESOURCE/{VOT}GROUP[@name='InputParams']")
            post = wadl.find(f".//{WADL}resource[@id='joblist']/{WADL}method[@name='POST']/{WADL}request")
            names = [parameter["name"] for parameter in content["parameters"]]
            tap.equal([param.get("name") for param in params.findall(f"{VOT}PARAM")], names,
                      f"{name}: the same parameters in VOTable and JSON")
            tap.equal([param.get("name") for param in post.findall(f"{WADL}param")],
                      ["PHASE", *names, *(one["name"] for one in content["inputs"])],
                      f"{name}: and, with the inputs, in WADL")
            redirect = wadl.find(f".//{WADL}method[@id='create_job']/{WADL}response[@status='303']/{WADL}param")
            tap.equal(redirect.get("name"), "Location", f"{name}: a new job is where Location says")


def test_imported(tap):
    """Documents of OPUS, into a folder."""
    with a_site() as site:
        def files():
            return sorted(path.name for path in site.kinds.iterdir())

        done = site.job_kind("import", DOCUMENTS / "opus.vot")
        tap.ok(done.returncode == 0 and files() == ["sky-cut.job", "sky-cut.sh"]
               and 'note: the PARAM "group" is not kept' in done.stdout, "two files, and what was lost", done.stdout)
        tap.equal(site.job_kind("list").stdout,
                  "sky-cut  2.1-beta  local  Counts the lines of a list and writes a note.\n", "it is a kind now")
        job = site.kinds / "sky-cut.job"
        job.write_text("mine\n")
        done = site.job_kind("import", DOCUMENTS / "opus.vot")
        tap.ok(done.returncode == 1 and "is there already; --replace" in done.stdout and job.read_text() == "mine\n",
               "nothing is written over", done.stdout)
        job.unlink()
        done = site.job_kind("import", DOCUMENTS / "opus.vot")
        tap.ok(done.returncode == 1 and "sky-cut.sh is there already" in done.stdout and files() == ["sky-cut.sh"],
               "nor over a script", done.stdout)
        done = site.job_kind("import", DOCUMENTS / "opus.vot", "--replace")
        tap.ok(done.returncode == 0 and files() == ["sky-cut.job", "sky-cut.sh"], "but with --replace", done.stdout)
        done = site.job_kind("import", DOCUMENTS / "opus.vot", "--name", "other")
        tap.ok(done.returncode == 0 and "other.sh" in (site.kinds / "other.job").read_text(), "--name", done.stdout)
        done = site.job_kind("import", DOCUMENTS / "opus.vot", "--name", "../other")
        tap.ok(done.returncode == 1 and not (site.folder / "other.job").exists(), "a name is no path", done.stdout)
        before = files()
        done = site.job_kind("import", DOCUMENTS / "opus.wadl")
        tap.ok(done.returncode == 1 and "give it with --command" in done.stdout and files() == before,
               "WADL has no command", done.stdout)
        done = site.job_kind("import", DOCUMENTS / "opus.wadl", "--command", "nowhere {job}")
        tap.ok(done.returncode == 1 and 'there is no command "nowhere"' in done.stdout and files() == before,
               "one that is not there is refused, and nothing stays", done.stdout)
        elsewhere = site.folder / "elsewhere"
        elsewhere.mkdir()
        done = site.job_kind("import", DOCUMENTS / "opus.wadl", "--command", "job-sleep {job}", "--directory", elsewhere)
        tap.ok(done.returncode == 0 and os.listdir(elsewhere) == ["count-lines.job"] and files() == before,
               "--command and --directory", done.stdout)
        done = site.job_kind("import", DOCUMENTS / "opus.wadl", "--print")
        tap.ok(done.returncode == 0 and "[parameter least]" in done.stdout and files() == before, "--print", done.stdout)
        for name, text in (("none", None), ("html", "<html/>"), ("broken", "<VOTABLE"), ("folder", ""),
                           ("binary", "\0\1\2")):
            path = site.folder / name
            if name == "folder":
                path.mkdir()
            elif text is not None:
                path.write_text(text)
            done = site.job_kind("import", path)
            tap.ok(done.returncode == 1 and done.stdout.startswith("vogate: ") and files() == before,
                   f"refused: {name}", done.stdout)
        back = site.job_kind("export", "sky-cut", "--format", "wadl").stdout
        (site.folder / "back.wadl").write_text(back, encoding="utf-8")
        done = site.job_kind("import", site.folder / "back.wadl", "--print", "--command", "job-sleep {job}")
        tap.ok("note:" not in done.stdout and "sky-cut.sh" not in back and "/bin/bash" not in back,
               "what was imported goes out and comes in without loss", done.stdout)


HOSTILE = ["$(touch CANARY)", "`touch CANARY`", "; touch CANARY", "| touch CANARY", "&& touch CANARY", "\ntouch CANARY\n",
           '"; touch CANARY; "', "'; touch CANARY; '", "$((a[$(touch CANARY)]))", "a[$(touch CANARY)]", "${a:=x}", "\\", "*",
           "?", "~", "--wrap", "-e", "-n", "../../x", "/etc/passwd", "a=b", "=", "", " ", "  a  b  ", "\t", "\r\n", "!!", "%s%n",
           "\x1b[2J", "é€😀", "\u202e", "{kind_dir}", "<(touch CANARY)", "> CANARY", "a\\nb", "#", "x" * 100_000]
SCRIPT_NAMES = ["a", "b_2", "C", "file"]


def import_printer(site):
    """A kind of OPUS whose script writes its variables as they are."""
    words = " ".join(f'"${name}"' for name in [*SCRIPT_NAMES, "out"])
    script = f"printf '%s\\0' {words} > $out\n"
    document = ET.Element("VOTABLE")
    resource = ET.SubElement(document, "RESOURCE", name="printer", utype="voprov:ActivityDescription")
    ET.SubElement(resource, "PARAM", name="script", value=script)
    params = ET.SubElement(resource, "GROUP", name="InputParams")
    for name in SCRIPT_NAMES[:-1]:
        ET.SubElement(params, "PARAM", name=name, datatype="char", arraysize="*", value="")
    ET.SubElement(ET.SubElement(resource, "GROUP", name="Used"), "GROUP", name="file")
    result = ET.SubElement(ET.SubElement(resource, "GROUP", name="Generated"), "GROUP", name="out")
    ET.SubElement(result, "PARAM", name="default", value="out.txt")
    path = site.folder / "printer.vot"
    ET.ElementTree(document).write(path)
    return site.job_kind("import", path)


def spawn(script, folder, words):
    """What the script wrote, or its status; no shell between us and it."""
    here = os.getcwd()
    os.chdir(folder)
    try:
        pid = os.posix_spawn("/bin/bash", ["/bin/bash", str(script), *words], {"PATH": "/usr/bin:/bin"})
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        os.chdir(here)
    if status != 0:
        return status
    return (pathlib.Path(folder) / "out.txt").read_bytes().decode("utf-8").split("\0")[:-1]


def test_scripts(tap):
    """An imported script, and values that would like to be more."""
    with a_site() as site:
        done = import_printer(site)
        if not tap.ok(done.returncode == 0, "a script is imported", done.stdout):
            return
        command = next(line for line in (site.kinds / "printer.job").read_text().splitlines()
                       if line.startswith("command"))
        tap.equal(command, "command = /bin/bash {kind_dir}/printer.sh "
                  + " ".join(f"{name}={{{name}}}" for name in SCRIPT_NAMES), "its command hands on each value")
        folder = site.folder / "job"
        folder.mkdir()
        script = site.kinds / "printer.sh"
        for at, name in enumerate(SCRIPT_NAMES):
            for value in HOSTILE:
                values = [value if n == at else "x" for n in range(len(SCRIPT_NAMES))]
                found = spawn(script, folder, [f"{one}={given}" for one, given in zip(SCRIPT_NAMES, values)])
                left = sorted(path.name for path in folder.iterdir())
                tap.ok(found == [*values, "out.txt"] and left == ["out.txt"],
                       f"{name}={value[:30]!r} is a value and no more", found, left)
        tap.equal(spawn(script, folder, ["a=1", "a=2 3", "unknown=4", "out=evil", "PATH=/nowhere", "5"]),
                  ["1 2 3", "", "", "", "out.txt"], "several values are one, and names that are none are passed over")
        done = run("/bin/bash", script, cwd="/proc")
        tap.ok(done.returncode != 0 and "failed: printf" in done.stdout, "a command that fails ends it, and is named",
               done.stdout)


def test_opus_script(tap):
    """OPUS's shape from import to run."""
    with a_site() as site:
        site.job_kind("import", DOCUMENTS / "opus.vot")
        folder = site.folder / "job"
        folder.mkdir()
        (folder / "list.txt").write_text("1\n2\n3\n")
        done = run("/bin/bash", site.kinds / "sky-cut.sh", "title=$(touch CANARY)", "ra=83.6", "mode=good",
                   "table_name=7", "list=list.txt", cwd=folder)
        tap.equal((done.returncode, sorted(path.name for path in folder.iterdir())),
                  (0, ["list.txt", "note.txt", "out-good.txt", "table.txt"]), "the results are there", done.stdout)
        tap.equal((folder / "note.txt").read_text(), "$(touch CANARY)\n83.6 good  ", "with the values as they were")
        tap.equal((folder / "out-good.txt").read_text().strip(), "3", "from the input")


def test_programs(tap):
    """job-sleep and job-fail."""
    with tempfile.TemporaryDirectory() as folder:
        here, there = os.pipe()
        environment = {**os.environ, "VOGATE_PROGRESS_FD": str(there)}
        done = subprocess.run([BUILD / "kinds/job-sleep", "--seconds=0.6", "--message=99 odd\n50 words"], cwd=folder,
                              env=environment, pass_fds=[there], capture_output=True, timeout=60, check=False)
        os.close(there)
        with os.fdopen(here, encoding="utf-8") as file:
            lines = file.read().splitlines()
        percents = [int(line.split()[0]) for line in lines]
        tap.ok(done.returncode == 0 and percents == sorted(percents) and percents[0] == 0 and percents[-1] == 100
               and len(lines) > 2 and all(line.endswith(" 99 odd 50 words") for line in lines),
               "job-sleep tells how far it is, a line each", done, lines)
        tap.equal((pathlib.Path(folder) / "slept.txt").read_text(), "slept 0.6 s\n99 odd\n50 words\n", "and leaves its file")
        here, there = os.pipe()
        os.close(here)
        done = subprocess.run([BUILD / "kinds/job-sleep", "--seconds=0.1"], cwd=folder, pass_fds=[there], timeout=60,
                              env={**os.environ, "VOGATE_PROGRESS_FD": str(there)}, check=False)
        os.close(there)
        tap.equal(done.returncode, 0, "nobody need listen")
        done = subprocess.run([BUILD / "kinds/job-sleep", "--seconds=0"], cwd="/proc", capture_output=True, timeout=60,
                              check=False)
        tap.ok(done.returncode == 2 and b"slept.txt cannot be written" in done.stderr, "a file that cannot be is told",
               done)
        for words in (["--seconds=nan"], ["--seconds=-1"], ["--seconds=3601"], ["--seconds="], ["x"]):
            tap.equal(run(BUILD / "kinds/job-sleep", *words, cwd=folder).returncode, 2, f"refused: {words[0]}")
        done = subprocess.run([BUILD / "kinds/job-fail", "--status=7", "--message=so it is"], capture_output=True,
                              timeout=60, check=False)
        tap.equal((done.returncode, done.stdout, done.stderr), (7, b"", b"so it is\n"), "job-fail fails as it is told")
        for words in (["--status=0"], ["--status=126"], ["--status=x"], ["x"]):
            tap.equal(run(BUILD / "kinds/job-fail", *words).returncode, 126, f"refused: {words[0]}")


if __name__ == "__main__":
    main(test_shipped, test_guide, test_refused, test_exported, test_imported, test_scripts, test_opus_script, test_programs)
