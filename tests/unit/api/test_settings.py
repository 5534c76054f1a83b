from api.settings import ApiSettings


def test_every_setting_has_a_description() -> None:
    assert [name for name, field in ApiSettings.model_fields.items() if not field.description] == []
