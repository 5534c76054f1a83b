import pytest

from ingest.partitions import PartitionKey, filters_of, is_replayed, keys_of, session_of, whole_filters
from models.base.errors import Invalid


def test_a_partition_is_named_and_read_again() -> None:
    assert [PartitionKey.parse(str(key)) for key in keys_of(3)] == keys_of(3)


@pytest.mark.parametrize("count", [0, -1, 65])
def test_a_number_of_partitions_is_bounded(count: int) -> None:
    with pytest.raises(Invalid, match=f"{count} partitions"):
        keys_of(count)


def test_the_only_partition_keeps_the_session_of_earlier_releases() -> None:
    sessions = [session_of("mingchu-ingest-0", key) for key in (*keys_of(1), *keys_of(2))]
    assert sessions == ["mingchu-ingest-0", "mingchu-ingest-0-p0of2", "mingchu-ingest-0-p1of2"]


def test_filters_name_the_node_and_leave_tenant_and_site_open() -> None:
    found = filters_of(["n1"])
    assert set(found) == {f"mingchu/v1/+/+/n1/+/{kind}" for kind in ("reading", "event", "status", "cmd/+/res")}
    assert [name for name in found if is_replayed(name)] == ["mingchu/v1/+/+/n1/+/status"]
    assert "mingchu/#" in whole_filters()
    assert not is_replayed("mingchu/#")
