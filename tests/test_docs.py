"""README and docs: every command in them could be typed, every link leads somewhere, sentences are short."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer

import pincel
from pincel.cli.app import app
from pincel.data.views import AugmentRecipe, FilmRecipe
from pincel.documents import read_yaml
from pincel.models.names import DISCRIMINATORS, GENERATORS
from pincel.tasks import TASKS
from pincel.training.losses.adversarial import ADVERSARIAL
from pincel.training.recipe import Recipe
from pincel.training.recipe_parts import (
    DataRecipe,
    DiscriminatorRecipe,
    DistillationRecipe,
    GeneratorRecipe,
    OptimizerRecipe,
    Phase,
    ValidationRecipe,
)

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/pincel/**/*.md")])
RECIPES = sorted(ROOT.glob("src/pincel/recipes/*.yaml"))
USER_PAGES = [
    page
    for page in PAGES
    if page.parent in (ROOT / "docs", ROOT / "docs" / "models", ROOT / "docs" / "reference") or page.name == "README.md"
]
LONGEST_PAGE = 900  # words outside tables and commands
LONGEST_SENTENCE = 30  # words

FENCED = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.M | re.S)
SPAN = re.compile(r"(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)")
HEREDOC = re.compile(r"<<'?(\w+)'?\n.*?^\1$", re.M | re.S)
COMMENT = re.compile(r"(?:^|(?<=\s))#.*$", re.M)
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def in_words(code: str) -> Iterator[list[str]]:
    """The simple commands of a shell text, in words; variables that it sets are filled in."""
    variables: dict[str, str] = {}
    code = COMMENT.sub("", HEREDOC.sub("", code)).replace("\\\n", " ")
    lexer = shlex.shlex(re.sub(r'"\$(\w+)"', r"$=\1", code), posix=True, punctuation_chars="();<>|&\n")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t\r", True, ""
    command: list[str] = []
    for word in [*lexer, "\n"]:
        if not set(word) <= set("();<>|&\n"):
            command += filled_in(word, variables)
            continue
        while command and (command[0] in ("do", "then") or re.match(r"\w+=", command[0])):
            name, equals, value = command.pop(0).partition("=")
            if equals:
                variables[name] = value
        if command[:1] == ["for"]:
            variables[command[1]] = command[3]
        elif command:
            yield command
        command = ["FILE"] if set(word) & set("<>") else []


def filled_in(word: str, variables: dict[str, str]) -> list[str]:
    """A word with its ``$VARIABLES``; one that is a bare variable falls into words, as in a shell."""
    if match := re.fullmatch(r"\$(\w+)", word):
        return shlex.split(variables.get(match[1], match[1]))
    return [re.sub(r"\$=?(\w+)", lambda match: variables.get(match[1], match[1]), word)]


def commands_of(page: Path) -> list[list[str]]:
    """The words after ``pincel`` of every command in a page's blocks, or in a recipe's comments."""
    text = text_of(page)
    if page.suffix == ".yaml":
        comments = re.findall(r"#(.*)$", text, re.M)
        return [words[1:] for line in comments for words in [line.split()] if words[:1] == ["pincel"]]
    blocks = [code for language, code in FENCED.findall(text) if language in ("bash", "sh", "console")]
    return [words[1:] for words in in_words("\n".join(blocks)) if words[0] == "pincel"]


def spans_of(page: Path) -> list[list[str]]:
    """The words after ``pincel`` of commands within sentences: some leave out what a command needs."""
    prose = FENCED.sub("", text_of(page)) if page.suffix == ".md" else text_of(page)
    spans = [" ".join(COMMENT.sub("", span).split()) for span in SPAN.findall(prose)]
    return [shlex.split(span)[1:] for span in spans if span.startswith("pincel ") and "..." not in span]


PROGRAM = typer.main.get_command(app)
UsageError = typer.BadParameter.__base__  # of whichever click typer brings


def parse(words: list[str], *, whole: bool) -> None:
    """Read a command line with the program's own parsers, and run nothing.

    Raises:
        UsageError: it could not be typed. What it lacks counts only if it should be ``whole``.
    """
    command, context = PROGRAM, typer.Context(PROGRAM)
    while getattr(command, "commands", None):
        if not words or words[0].startswith("-"):
            known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
            if unknown := set(words) - known:
                raise UsageError(f"No such option: {' '.join(unknown)}")
            return
        _, command, words = command.resolve_command(context, words)
        context = typer.Context(command, parent=context)
    if {"-h", "--help"} & set(words):
        return
    try:
        command.make_context("pincel", list(words), parent=context)
    except UsageError as error:
        if whole or type(error).__name__ != "MissingParameter":
            raise


@pytest.mark.parametrize("page", [*PAGES, *RECIPES], ids=named)
def test_every_command_line_could_be_typed(page):
    wrong = []
    for words, whole in [(words, True) for words in commands_of(page)] + [(words, False) for words in spans_of(page)]:
        try:
            parse(words, whole=whole)
        except UsageError as error:
            wrong.append(f"pincel {shlex.join(words)}: {error.format_message()}")
    assert not wrong


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["colorise", "a.jpg"], "No such command"),
        (["colorize", "a.jpg", "--output", "b.jpg"], "No such option"),
        (["export", "runs/mine"], "Missing option"),
        (["evaluate", "default", "-o", "x", "--data", "y", "--protocol", "both"], "is not one of"),
    ],
)
def test_a_command_line_that_could_not_be_typed_is_found(words, why):
    with pytest.raises(UsageError) as caught:
        parse(words, whole=True)
    assert why in caught.value.format_message()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_recipe_in_a_command_line_exists_and_can_be_changed_so(page):
    from pincel.training.recipe import list_recipes, load_recipe

    for words in commands_of(page):
        if words[0] == "train" and words[1] in list_recipes():
            load_recipe(words[1], [word for word in words[2:] if re.match(r"[a-z][\w.]*=", word)])


def test_command_lines_are_taken_apart_as_a_shell_does():
    code = """
    D="--data photos/ data.size=64"    # both
    for told in own wrong; do
        pincel train lite $D --out runs/$told 'phases=[{epochs: 1},
             {epochs: 2}]' \\
            seed=1
    done
    X=1 pincel models > list.txt && echo pincel
    """
    assert [words for words in in_words(code) if words[0] == "pincel"] == [
        ["pincel", "train", "lite", "--data", "photos/", "data.size=64", "--out", "runs/own"]
        + ["phases=[{epochs: 1},\n             {epochs: 2}]", "seed=1"],
        ["pincel", "models"],
    ]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_benchmark_that_is_named_exists_and_has_the_options(page):
    wrong = []
    texts = [code for _, code in FENCED.findall(text_of(page))] + SPAN.findall(FENCED.sub("", text_of(page)))
    lines = [line for text in texts for line in text.replace("\\\n", " ").splitlines() if "python " in line]
    for words in in_words("\n".join(lines)):
        script = next((word for word in words if re.match(r"(benchmarks|tests)/.*\.py$", word)), None)
        if script is None:
            continue
        code = text_of(ROOT / script) if (ROOT / script).is_file() else None
        options = [word.strip("[]") for word in words if word.strip("[]").startswith("--")]
        if code is None or any(f'"{option}"' not in code for option in options):
            wrong.append(shlex.join(words))
    assert not wrong


@cache
def anchors(page: Path) -> set[str]:
    """Where links into a page may lead: its headings, as GitHub names them."""
    headings = re.findall(r"^#+ +(.*)$", FENCED.sub("", text_of(page)), re.M)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page):
    wrong = []
    for target in LINK.findall(FENCED.sub("", text_of(page))):
        if re.match(r"https?://|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            wrong.append(target)
    assert not wrong


def sentences(page: Path) -> Iterator[str]:
    """The prose of a page: without tables, blocks, headings; a link counts as its words, code as one word."""
    text = re.sub(r"^(\||#|!\[).*$", "\n", FENCED.sub("\n\n", text_of(page)), flags=re.M)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", SPAN.sub("CODE", text))
    for paragraph in re.split(r"\n\s*\n|^\s*(?:[*-]|\d+\.) ", text, flags=re.M):
        yield from re.split(r"(?<=[.!?:;])[*_)\"]*\s+", " ".join(paragraph.split()))


@pytest.mark.parametrize("page", USER_PAGES, ids=named)
def test_pages_for_users_are_short_and_so_are_their_sentences(page):
    said = [sentence.split() for sentence in sentences(page)]
    assert [" ".join(words) for words in said if len(words) >= LONGEST_SENTENCE] == []
    assert sum(map(len, said)) <= LONGEST_PAGE


def test_no_figure_of_a_user_page_is_without_a_command():
    words = re.compile(r"throwaway|\.\./shared|prototype outside", re.I)
    assert {named(page): words.findall(text_of(page)) for page in USER_PAGES if words.search(text_of(page))} == {}


def recipe_rows() -> dict[str, str]:
    """Part of a recipe -> what docs/reference/recipes.md says of it."""
    table = re.findall(r"^\| `(\w+)`[^|]* \| (.*) \|$", text_of(ROOT / "docs" / "reference" / "recipes.md"), re.M)
    return {part: text for part, text in table if part in Recipe.model_fields}


PARTS = {
    "data": DataRecipe,
    "generator": GeneratorRecipe,
    "discriminator": DiscriminatorRecipe,
    "distillation": DistillationRecipe,
    "optimizer": OptimizerRecipe,
    "phases": Phase,
    "validation": ValidationRecipe,
}


@pytest.mark.parametrize("part", PARTS)
def test_the_page_of_recipes_names_every_key(part):
    named = {key for span in SPAN.findall(recipe_rows()[part]) for key in in_braces(span)}
    views = {"augment": AugmentRecipe, "augment.film": FilmRecipe} if part == "data" else {}
    known = {*PARTS[part].model_fields, *(f"{view}.{key}" for view, of in views.items() for key in of.model_fields)}
    assert known - {*views} <= named


def in_braces(text: str) -> list[str]:
    """``a.{b,c}`` -> a.b and a.c, as a shell has it."""
    before, brace, inside = text.partition("{")
    return [before + key for key in inside.removesuffix("}").split(",")] if brace else [text]


def test_the_page_of_recipes_names_all_that_can_be_chosen():
    rows = recipe_rows()
    assert f"`name` ({', '.join(GENERATORS)})" in rows["generator"]
    assert f"`name` ({', '.join(DISCRIMINATORS)})" in rows["discriminator"]
    assert f"`adversarial_kind` ({', '.join(ADVERSARIAL)};" in rows["discriminator"]
    *most, last = (f"`{task}`" for task in TASKS)
    assert rows["task"].startswith(f"{', '.join(most)} or {last};")


def test_the_citation_file_says_what_the_package_says():
    citation = read_yaml(ROOT / "CITATION.cff")
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert (citation["version"], citation["license"]) == (pincel.__version__, "Apache-2.0")
