import re

import pytest
from click.testing import CliRunner
from pydantic_settings import BaseSettings

from alerts.evidence.timestamps import StampSettings
from api.settings import ApiSettings
from api.webhooks.sending import WebhookSettings
from deploy.cli import main
from ingest.intake.budget import BudgetSettings
from models.base.settings import PlatformSettings
from models.domain.notices import NoticeSettings
from models.domain.retention import KeepingSettings
from tests.support.paths import ROOT

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")]


@pytest.mark.parametrize(
    "settings",
    [PlatformSettings, ApiSettings, KeepingSettings, BudgetSettings, StampSettings, NoticeSettings, WebhookSettings],
)
def test_every_setting_is_documented(settings: type[BaseSettings]) -> None:
    page = (ROOT / "docs" / "SETTINGS.md").read_text()
    prefix = settings.model_config.get("env_prefix")
    missing = [name for name in settings.model_fields if f"`{prefix}{name.upper()}`" not in page]
    assert missing == []
    assert all(field.description for field in settings.model_fields.values())


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT).as_posix() for path in PAGES))
def test_every_link_and_named_file_exists(page: str) -> None:
    text = (ROOT / page).read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    named = list(re.findall(r"`((?:models|ingest|vision|alerts|api|deploy|tests|docs)/[\w/.-]+)`", text))
    missing = [name for name in links if not ((ROOT / page).parent / name).exists()]
    missing += [name for name in named if not (ROOT / name).exists() and "…" not in name]
    assert missing == []


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT).as_posix() for path in PAGES))
def test_lines_of_documents_are_short(page: str) -> None:
    lines = (ROOT / page).read_text().splitlines()
    long = [f"{page}:{number}" for number, line in enumerate(lines, 1) if len(line) > 120 and not line.startswith("|")]
    assert long == []


def test_every_test_that_shows_a_function_of_the_field_exists() -> None:
    shown = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "SEEDS.md").read_text())
    assert len(shown) > 15
    missing = [name for path, name in shown if f"def {name}(" not in (ROOT / path).read_text()]
    assert missing == []


def test_the_first_page_is_short() -> None:
    assert len((ROOT / "README.md").read_text().split()) <= 900


def test_what_the_agents_service_reads_and_writes_is_its_users_own() -> None:
    page = (ROOT / "docs" / "AGENT.md").read_text()
    user = re.search(r"`User=(\w+)`", page)
    assert user is not None
    assert re.search(rf"^ *useradd .* {user[1]}$", page, re.MULTILINE)
    made = re.findall(r"^ *install .*$", page, re.MULTILINE)
    assert made
    assert [line for line in made if f"-o {user[1]} " not in line] == []


@pytest.mark.parametrize(("command", "folder"), [("demo", "/var/lib/mingchu-demo"), ("up", "/var/lib/mingchu ")])
def test_help_names_the_data_folder_that_the_command_takes(command: str, folder: str) -> None:
    said = CliRunner().invoke(main, [command, "--help"], terminal_width=10_000).output
    assert folder in said
