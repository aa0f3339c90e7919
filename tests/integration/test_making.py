"""What `make` says to AWS: in the operator's own region, of a stage all that samconfig.toml says, of the processor that
the code was built for."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
IN_THE_CLOUD = {
    "deploy": ("STAGE=staging",),
    "redrive": ("STACK=postloudly-prod", "TABLE=t"),
    "reerase": ("RECEIPTS=old", "TABLE=new", "STAGE=staging"),
    "token-keys": ("TABLE=table", "STAGE=staging", "STEP=show"),
}
TOOLS = IN_THE_CLOUD.keys() - {"deploy"}
# Nothing is installed for it, and whatever it would start says its region instead.
ALONE = ("READY=", "SAM_READY=", f"LAMBDA_PYTHON={sys.executable}")
SAYS = "echo [$$AWS_DEFAULT_REGION]"


def make(folder: Path, *arguments: str, config: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
    """With that for ~/.aws/config, and with no other word on AWS in the environment."""
    (folder / "config").write_text(config, encoding="utf-8")
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE", "MFLAGS"))}
    own |= {"AWS_CONFIG_FILE": str(folder / "config"), **environment}
    command = ["make", "--no-print-directory", *arguments, *ALONE]
    return subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, timeout=60, check=False)


def built(folder: Path) -> Path:
    """What `sam build` leaves, as far as a deploy looks at it."""
    template = folder / "built.yaml"
    template.write_text("Variables:\n  DEPLOYED_WITH: ''\n  LOG_LEVEL:\n    Ref: LogLevel\n", encoding="utf-8")
    return template


def region_of(folder: Path, target: str, **environment: str) -> str:
    """What the last program that it starts finds in its environment."""
    last = "SAM" if target in ("build", "deploy") else "VENV"
    given = (*IN_THE_CLOUD.get(target, ()), f"{last}={SAYS}", f"BUILT={built(folder)}")
    ended = make(folder, "-s", target, *given, **environment)
    assert ended.returncode == 0, ended.stderr
    said = ended.stdout.splitlines()[-1]
    assert said.startswith("["), ended.stdout
    return said[1:].partition("]")[0]


@pytest.mark.parametrize("target", IN_THE_CLOUD)
def test_what_asks_aws_is_told_no_region_but_the_operators(tmp_path: Path, target: str) -> None:
    assert region_of(tmp_path, target) == ""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        assert region_of(tmp_path, target, **{name: "eu-north-1"}) == "eu-north-1"


@pytest.mark.parametrize("target", ["test", "build"])
def test_what_asks_no_aws_has_a_region_all_the_same(tmp_path: Path, target: str) -> None:
    assert region_of(tmp_path, target)


@pytest.mark.parametrize("target", sorted(TOOLS - {"redrive"}))
def test_what_a_tool_is_not_told_is_asked_for(tmp_path: Path, target: str) -> None:
    """Without a stage the secrets of none would be looked for, and without a table one of no name."""
    for name in ("TABLE", "STAGE"):
        given = (each for each in IN_THE_CLOUD[target] if not each.startswith(f"{name}="))
        ended = make(tmp_path, target, *given, f"VENV={sys.executable}", AWS_REGION="eu-north-1")
        assert ended.returncode != 0
        assert f"{name}=..." in ended.stderr
        assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("target", sorted(TOOLS))
def test_a_region_that_is_missing_is_asked_for_in_one_line(tmp_path: Path, target: str) -> None:
    ended = make(tmp_path, target, *IN_THE_CLOUD[target], f"VENV={sys.executable}")
    assert ended.returncode != 0
    assert ended.stderr.startswith("which region?")
    assert "Traceback" not in ended.stderr


def test_the_operators_own_configuration_says_the_region(tmp_path: Path) -> None:
    config = "[default]\nregion = eu-north-1\n[profile other]\noutput = json\n"
    assert make(tmp_path, "known-region", f"VENV={sys.executable}", config=config).returncode == 0
    other = make(tmp_path, "known-region", f"VENV={sys.executable}", config=config, AWS_PROFILE="other")
    assert other.returncode != 0


# What a deploy says of a stage ---------------------------------------------------------------------------------------

STAGES = ("dev", "staging", "prod")


def named(stage: str) -> dict[str, str]:
    """The parameters that samconfig.toml names."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    return dict(each.split("=", 1) for each in config[stage]["deploy"]["parameters"]["parameter_overrides"])


def declared() -> dict[str, dict[str, Any]]:
    parameters: dict[str, dict[str, Any]] = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]
    return parameters


def asked(folder: Path, *arguments: str) -> list[str]:
    """The words with which SAM is called in the end."""
    ended = make(folder, "-s", "deploy", *arguments, "SAM=echo", f"BUILT={built(folder)}")
    assert ended.returncode == 0, ended.stderr
    return shlex.split(ended.stdout.splitlines()[-1])


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_names_parameters_that_there_are(stage: str) -> None:
    assert named(stage)["Stage"] == stage
    for name, value in named(stage).items():
        allowed = map(str, declared()[name].get("AllowedValues", [value]))
        assert value in allowed, name
        assert re.search(declared()[name].get("AllowedPattern", ""), value), name


@pytest.mark.parametrize("stage", ["staging", "prod"])
def test_the_deploy_after_one_at_once_is_gradual_again(stage: str) -> None:
    """A stack keeps the value of what a deploy does not name."""
    assert named(stage)["Rollout"] == "gradual"


@pytest.mark.parametrize("stage", STAGES)
def test_a_deploy_with_parameters_of_its_own_brings_the_stages_along(tmp_path: Path, stage: str) -> None:
    words = asked(tmp_path, f"STAGE={stage}", "PARAMETERS=Rollout=at-once LogLevel=DEBUG", "DEPLOY=--guided")
    assert words[:4] == ["deploy", "--config-env", stage, "--no-confirm-changeset"]
    [option, *overrides] = words[4:-1]
    assert (option, words[-1]) == ("--parameter-overrides", "--guided")
    # SAM takes the last of two values.
    given = dict(each.split("=", 1) for each in overrides)
    assert given == named(stage) | {"Rollout": "at-once", "LogLevel": "DEBUG"}


def test_a_deploy_without_any_leaves_them_to_samconfig(tmp_path: Path) -> None:
    assert asked(tmp_path, "STAGE=prod") == ["deploy", "--config-env", "prod", "--no-confirm-changeset"]


def test_another_value_of_a_parameter_makes_another_text_of_every_function(tmp_path: Path) -> None:
    """SAM publishes a version where a function's text is another one, and sees no parameter's value."""
    assert (
        "DEPLOYED_WITH"
        in yaml_parse((ROOT / "template.yaml").read_text())["Globals"]["Function"]["Environment"]["Variables"]
    )
    said: dict[str, str] = {}
    for deploy in (
        "",
        "PARAMETERS=LogLevel=DEBUG",
        "PARAMETERS=LogLevel=INFO",
        "DEPLOY=--parameter-overrides LogDays=1",
    ):
        asked(tmp_path, "STAGE=prod", *filter(None, [deploy]))
        said[deploy] = (tmp_path / "built.yaml").read_text(encoding="utf-8")
        asked(tmp_path, "STAGE=prod", *filter(None, [deploy]))
        assert (tmp_path / "built.yaml").read_text(encoding="utf-8") == said[deploy]
    assert len(set(said.values())) == len(said)
    for text in said.values():
        assert re.fullmatch(r"Variables:\n  DEPLOYED_WITH: '[0-9-]+'\n  LOG_LEVEL:\n    Ref: LogLevel\n", text)


# The processor --------------------------------------------------------------------------------------------------------


def processors(folder: Path, *arguments: str, **environment: str) -> tuple[str, str]:
    """For which one SAM is asked to build, and which one the stack is told of."""
    ended = make(folder, "-s", "deploy", *arguments, "SAM=echo", f"BUILT={built(folder)}", **environment)
    assert ended.returncode == 0, ended.stderr
    build, deploy = (shlex.split(line) for line in ended.stdout.splitlines())
    assert (build[0], deploy[0]) == ("build", "deploy")
    stage = deploy[deploy.index("--config-env") + 1]
    said = deploy if "--parameter-overrides" in deploy else [f"{name}={value}" for name, value in named(stage).items()]
    [first, second] = [[word for word in words if word.startswith("Architecture=")][-1] for words in (build, said)]
    return first, second


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_runs_what_was_built_for_it(tmp_path: Path, stage: str) -> None:
    """A stack keeps what a deploy does not name: after one for another processor the next has to say which again."""
    own = f"Architecture={named(stage)['Architecture']}"
    assert processors(tmp_path, f"STAGE={stage}") == (own, own)
    assert processors(tmp_path, f"STAGE={stage}", "PARAMETERS=LogLevel=DEBUG") == (own, own)
    configured = f"CONFIGURED=Stage={stage} Architecture=x86_64"
    assert processors(tmp_path, f"STAGE={stage}", configured)[0] == "Architecture=x86_64"


def test_one_word_is_enough_for_another_processor(tmp_path: Path) -> None:
    other = ("Architecture=x86_64",) * 2
    assert processors(tmp_path, "STAGE=prod", "ARCHITECTURE=x86_64") == other
    assert processors(tmp_path, "STAGE=prod", ARCHITECTURE="x86_64") == other
    assert processors(tmp_path, "STAGE=prod", "ARCHITECTURE=x86_64", "PARAMETERS=LogLevel=DEBUG") == other
    assert processors(tmp_path, "STAGE=prod", "PARAMETERS=LogLevel=DEBUG Architecture=x86_64") == other
    assert processors(tmp_path, "STAGE=prod", "ARCHITECTURE=x86_64", "PARAMETERS=Architecture=x86_64") == other


def test_with_another_processor_a_stage_keeps_the_rest_of_its_parameters(tmp_path: Path) -> None:
    words = asked(tmp_path, "STAGE=prod", "ARCHITECTURE=x86_64")
    given = dict(each.split("=", 1) for each in words[words.index("--parameter-overrides") + 1 :])
    assert given == named("prod") | {"Architecture": "x86_64"}


@pytest.mark.parametrize(("said", "built_for"), [((), "arm64"), (("ARCHITECTURE=x86_64",), "x86_64")])
def test_a_build_by_itself_needs_no_stage(tmp_path: Path, said: tuple[str, ...], built_for: str) -> None:
    ended = make(tmp_path, "-s", "build", *said, "SAM=echo", "VENV=false")
    assert ended.returncode == 0, ended.stderr
    assert shlex.split(ended.stdout)[-1] == f"Architecture={built_for}"


@pytest.mark.parametrize(
    "said",
    [
        ("ARCHITECTURE=x86_64", "PARAMETERS=Architecture=arm64"),
        ("PARAMETERS=Architecture=arm64 Architecture=x86_64",),
        ("ARCHITECTURE=x86",),
        ("PARAMETERS='Architecture=x86_64'",),
        ("PARAMETERS=ParameterKey=Architecture,ParameterValue=x86_64",),
        ("DEPLOY=--parameter-overrides Architecture=x86_64",),
    ],
)
def test_two_words_on_the_processor_or_one_that_make_cannot_read_are_refused(
    tmp_path: Path, said: tuple[str, ...]
) -> None:
    """The code would be built for one and the stack told of another."""
    ended = make(tmp_path, "deploy", "STAGE=prod", *said, "SAM=echo", f"BUILT={built(tmp_path)}")
    assert ended.returncode != 0
    assert "ARCHITECTURE=arm64|x86_64" in ended.stderr
    assert not ended.stdout


@pytest.mark.parametrize("stage", ["", "STAGE=", "STAGE=live", "STAGE=staging prod"])
def test_nothing_is_deployed_to_a_stage_that_nobody_knows(tmp_path: Path, stage: str) -> None:
    ended = make(tmp_path, "deploy", *filter(None, [stage]), "SAM=echo")
    assert ended.returncode != 0
    assert "make deploy wants STAGE=dev|staging|prod" in ended.stderr
    assert not ended.stdout


# What a stage has left ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["", "STAGE=", "STAGE=live"])
def test_nothing_is_kept_of_a_stage_that_nobody_knows(tmp_path: Path, stage: str) -> None:
    """It would be a template with no value of samconfig.toml."""
    ended = make(tmp_path, "retained", *filter(None, [stage]), f"LEFT={tmp_path / 'left.json'}")
    assert ended.returncode != 0
    assert "make retained wants STAGE=dev|staging|prod" in ended.stderr
    assert not (tmp_path / "left.json").exists()


@pytest.mark.parametrize("wrong", ["TableCapcity=provisioned", "BackupDays"])
def test_a_parameter_that_there_is_not_leaves_the_template_that_was_there(tmp_path: Path, wrong: str) -> None:
    left = tmp_path / "left.json"
    left.write_text("of before", encoding="utf-8")
    ended = make(tmp_path, "retained", "STAGE=prod", f"PARAMETERS={wrong}", f"LEFT={left}", f"VENV={sys.executable}")
    assert ended.returncode != 0
    assert wrong.partition("=")[0] in ended.stderr
    assert "Traceback" not in ended.stderr
    assert left.read_text(encoding="utf-8") == "of before"
