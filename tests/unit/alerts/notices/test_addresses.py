import pytest

from alerts.notices.addresses import check_address
from models.base.errors import Invalid
from models.catalogue.terms import ChannelKind

K = ChannelKind


@pytest.mark.parametrize(
    ("kind", "address", "shown"),
    [
        (K.wecom, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a-91", "https://qyapi.weixin.qq.com/…"),
        (K.dingtalk, "https://oapi.dingtalk.com/robot/send?access_token=ab&secret=SEC", "https://oapi.dingtalk.com/…"),
        (K.feishu, "https://open.feishu.cn/open-apis/bot/v2/hook/ab-cd", "https://open.feishu.cn/…"),
        (K.json, "http://sms.intern:8080/send?token=ab", "http://sms.intern/…"),
        (K.json, "https://[2001:db8::1]/x", "https://2001:db8::1/…"),
        (K.email, "zhang.san@example.com", "z***@example.com"),
    ],
)
def test_an_address_shows_where_it_goes_and_not_its_secret(kind: ChannelKind, address: str, shown: str) -> None:
    assert check_address(kind, address) == shown


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (K.wecom, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?k=1"),
        (K.wecom, "https://qyapi.weixin.qq.com@evil.example/send?key=1"),
        (K.wecom, "https://qyapi.weixin.qq.com\\@evil.example/send?key=1"),
        (K.wecom, "https://a/send?key=1\r\nHost: evil"),
        (K.wecom, "https://a/send?key=1 "),
        (K.wecom, "file:///etc/passwd?key=1"),
        (K.wecom, "gopher://127.0.0.1:6379/_?key=1"),
        (K.wecom, "wecombot://key"),
        (K.dingtalk, "https://a/robot/send?token=1"),
        (K.feishu, "https://a/other/abc"),
        (K.json, "https:///x"),
        (K.json, "https://a:99999/x"),
        (K.json, "https://a:0/x"),
        (K.json, "https://a/x#y"),
        (K.json, "https://user:secret@a/x"),
        (K.json, "https://例子.测试/x"),
        (K.json, "https://a%00b/x"),
        (K.json, "https://[::1/x"),
        (K.json, "https://a/{token}"),
        (K.email, "a@b"),
        (K.email, "a@example.com\nBcc: x@example.com"),
        (K.email, "a@example.com,b@example.com"),
        (K.email, "A <a@example.com>"),
        (K.email, "a@example..com"),
        (K.email, "a@@example.com"),
        (K.email, '"a b"@example.com'),
        (K.email, "a@[127.0.0.1]"),
    ],
)
def test_a_trick_is_refused_and_not_repeated(kind: ChannelKind, address: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_address(kind, address)
    assert address not in str(caught.value)
