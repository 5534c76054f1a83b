"""Access groups at the database: no table is forgotten."""

from models.store import Store

BY_REGION_ALONE = frozenset(
    {"app_user", "api_key", "user_session", "login_device", "invitation", "access_group", "access_member"}
)
"""Accounts are managed by those who have a region."""
ENTITY_COLUMN = (
    "EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = to_regclass('public.' || quote_ident(p.tablename)) "
    "AND a.attname IN ('entity_id', 'business_kind') AND NOT a.attisdropped)"
)


def tables(store: Store, condition: str) -> set[str]:
    with store.read() as r:
        query = f"SELECT DISTINCT tablename FROM pg_policies p WHERE schemaname = 'public' AND {condition}"
        return {str(name) for (name,) in r.raw.execute(query).fetchall()}  # type: ignore[arg-type]


def test_what_a_county_sees_of_an_enterprise_a_group_of_enterprises_sees(store: Store) -> None:
    wanted = tables(store, f"policyname = 'seen_by_region_6' AND {ENTITY_COLUMN}") - BY_REGION_ALONE
    assert {"alert", "entity", "event", "task", "pledge"} <= wanted
    for form in ("few", "many"):
        assert wanted <= tables(store, f"policyname = 'seen_by_group_{form}'"), form


def test_what_everybody_sees_by_enterprise_a_part_of_one_sees_by_place(store: Store) -> None:
    asked = "permissive = 'PERMISSIVE' AND roles = '{mingchu_api}' AND qual ~ 'mingchu_(sees|supervises)'"
    wanted = tables(store, f"{asked} AND {ENTITY_COLUMN}")
    assert {"camera_view", "meal_record", "training"} <= wanted
    for form in ("kitchens", "cameras"):
        limited = tables(store, f"permissive = 'RESTRICTIVE' AND roles = '{{mingchu_api_group_{form}}}'")
        # Rows of regions alone, of which a part of an enterprise sees none.
        assert wanted - limited <= {"code_override", "pledge", "index_snapshot"}, form


def test_members_of_a_large_group_are_never_hashed_for_a_page(store: Store) -> None:
    """With `OFFSET 0` the planner asks for one enterprise at a time, however many rows it expects."""
    looked_up = "policyname = 'seen_by_group_many' AND qual ~ 'access_member'"
    assert {"alert", "entity", "event", "task"} <= tables(store, looked_up)
    assert tables(store, f"{looked_up} AND qual !~ 'OFFSET 0'") == set()
