import pytest

from sonnette.base.language import Catalogue, catalogue, from_accept, from_environment


def test_a_sentence_is_translated_with_its_values():
    french = Catalogue("fr", {"{count} accounts": "{count} comptes"})
    assert french("{count} accounts", count=3) == "3 comptes"


def test_a_sentence_without_translation_stays_english():
    assert Catalogue("fr", {})("Ports {of_braces}") == "Ports {of_braces}"


def test_english_and_unknown_languages_need_no_file():
    assert catalogue("sonnette.base", "en").language == "en"
    assert catalogue("sonnette.base", "xx").language == "en"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "fr", "LANG": "en_GB"}, "fr"),
        ({"LANG": "de_DE"}, "en"),
    ],
)
def test_the_locale_chooses(environment, language):
    assert from_environment(environment, ["en", "fr"]) == language


@pytest.mark.rfc("9110", "12.5.4")
@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA, en;q=0.8", "fr"),
        ("en;q=0.5, fr;q=0.9", "fr"),
        ("de, en;q=0.7, fr;q=0.3", "en"),
        ("fr;q=0", "en"),
        ("fr;q=much", "en"),
        ("," * 9999, "en"),
    ],
)
def test_the_browser_chooses(header, language):
    assert from_accept(header, ["en", "fr"]) == language
