from api.settings import ApiSettings


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in ApiSettings.model_fields.items() if not field.description] == []
