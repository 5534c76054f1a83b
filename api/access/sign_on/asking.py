"""Ask an identity provider who somebody is: the only door to it."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx
from authlib.integrations.base_client import OAuthError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.access.sign_on.settings import Provider
from models.base.errors import NotAuthenticated, ProviderAway

with warnings.catch_warnings():
    # Authlib asks for `httpx2`, a fork of the client that the rest of the project uses.
    warnings.simplefilter("ignore")
    from authlib.integrations.httpx_client import OAuth2Client

TIMEOUT_S = 10.0
KNOWN_FOR_S = 3600.0
"""How long a provider's description and keys are believed; an unknown key is asked for again at once."""
_LEEWAY_S = 60
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What ties an answer of the provider to the browser that was sent there."""

    state: str
    nonce: str
    verifier: str
    back: str


class Asker(Protocol):
    """Sends a browser to a provider, and learns from its answer who somebody is."""

    def address(self, visit: Visit) -> str:
        """Return the address to send the browser to."""

    def claims(self, code: str, visit: Visit) -> dict[str, Any]:
        """Exchange a code for claims; `sub` names the person at the provider.

        Raises:
            NotAuthenticated: the provider or a signature does not vouch for the person.
            ProviderAway: the provider does not answer.
        """


class OpenId:
    """OpenID Connect with the authorization code flow, PKCE and a nonce."""

    def __init__(self, provider: Provider) -> None:
        self._about, self._secret = provider.about, provider.secret
        self._known: dict[str, tuple[float, Any]] = {}

    def address(self, visit: Visit) -> str:
        """Return the address of the provider's log-in."""
        endpoint = self._description()["authorization_endpoint"]
        with self._client(visit) as client:
            made: tuple[str, str] = client.create_authorization_url(
                endpoint, state=visit.state, nonce=visit.nonce, code_verifier=visit.verifier
            )
        return made[0]

    def claims(self, code: str, visit: Visit) -> dict[str, Any]:
        """Exchange a code; return the claims of the signed token, and what the provider tells of the person."""
        about = self._description()
        try:
            with self._client(visit) as client:
                token = client.fetch_token(about["token_endpoint"], code=code, code_verifier=visit.verifier)
                claims = self._verified(str(token.get("id_token", "")), visit.nonce)
                if "userinfo_endpoint" in about:
                    told = _json(client.get(about["userinfo_endpoint"]))
                    if told.get("sub") == claims["sub"]:
                        claims = {**told, **claims}
        except OAuthError as error:
            raise NotAuthenticated(f"the provider refuses: {error.error}") from None
        except httpx.HTTPError as error:
            raise ProviderAway(f"the sign-on provider does not answer: {type(error).__name__}") from None
        return claims

    def _client(self, visit: Visit) -> OAuth2Client:
        return OAuth2Client(
            client_id=self._about.client_id,
            client_secret=self._secret,
            scope=" ".join(self._about.scopes),
            redirect_uri=visit.back,
            code_challenge_method="S256",
            timeout=TIMEOUT_S,
            follow_redirects=False,
            trust_env=False,
        )

    def _verified(self, token: str, nonce: str) -> dict[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": self._about.issuer.rstrip("/")},
            aud={"essential": True, "value": self._about.client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        for fresh in (False, True):
            try:
                found = jwt.decode(token, self._keys(fresh=fresh), algorithms=_ALGORITHMS)
                claims = dict(found.claims)
                registry.validate({**claims, "iss": str(claims.get("iss", "")).rstrip("/")})
            except (JoseError, ValueError) as error:
                if fresh:
                    raise NotAuthenticated(f"the provider's token is not valid: {type(error).__name__}") from None
            else:
                return claims
        raise NotAuthenticated

    def _description(self) -> dict[str, Any]:
        issuer = self._about.issuer.rstrip("/")
        found = self._remembered("about", lambda: _fetched(f"{issuer}/.well-known/openid-configuration"), fresh=False)
        if str(found.get("issuer", "")).rstrip("/") != issuer:
            raise NotAuthenticated("the sign-on provider names itself otherwise than MINGCHU_API_IDENTITY_FILE")
        return found

    def _keys(self, *, fresh: bool) -> KeySet:
        address = self._description()["jwks_uri"]
        return KeySet.import_key_set(self._remembered("keys", lambda: _fetched(address), fresh=fresh))  # type: ignore[arg-type]

    def _remembered(self, name: str, load: Callable[[], dict[str, Any]], *, fresh: bool) -> dict[str, Any]:
        at, known = self._known.get(name, (0.0, None))
        if known is None or fresh or time.monotonic() - at > KNOWN_FOR_S:
            known = load()
            self._known[name] = (time.monotonic(), known)
        found: dict[str, Any] = known
        return found


class WeCom:
    """企业微信: a browser's log-in of an internal application (from its documentation; tested against a fake)."""

    def __init__(self, provider: Provider) -> None:
        self._about, self._secret = provider.about, provider.secret
        self._server = provider.about.server or "https://qyapi.weixin.qq.com"

    def address(self, visit: Visit) -> str:
        """Return the address of the page with the code to scan."""
        query = {
            "login_type": "CorpApp",
            "appid": self._about.client_id,
            "agentid": self._about.agent_id,
            "redirect_uri": visit.back,
            "state": visit.state,
        }
        return f"https://login.work.weixin.qq.com/wwlogin/sso/login?{urlencode(query)}"

    def claims(self, code: str, visit: Visit) -> dict[str, Any]:
        """Exchange a code for the member's id, name and departments."""
        del visit
        login = {"corpid": self._about.client_id, "corpsecret": self._secret}
        token = self._asked("gettoken", login)["access_token"]
        user = self._asked("auth/getuserinfo", {"access_token": token, "code": code}).get("userid")
        if not user:
            raise NotAuthenticated("this person is no member of the organisation")
        known = self._asked("user/get", {"access_token": token, "userid": user})
        departments = [str(one) for one in known.get("department", [])]
        return {"sub": user, "preferred_username": user, "name": known.get("name", user), "departments": departments}

    def _asked(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        found = _fetched(f"{self._server}/cgi-bin/{path}", query)
        if found.get("errcode", 0) != 0:
            raise NotAuthenticated(f"WeCom refuses: {found.get('errcode')}")
        return found


class DingTalk:
    """钉钉: a browser's log-in by OAuth 2.0 (from its documentation; tested against a fake)."""

    def __init__(self, provider: Provider) -> None:
        self._about, self._secret = provider.about, provider.secret
        self._server = provider.about.server or "https://api.dingtalk.com"

    def address(self, visit: Visit) -> str:
        """Return the address of DingTalk's log-in."""
        query = {
            "redirect_uri": visit.back,
            "response_type": "code",
            "client_id": self._about.client_id,
            "scope": "openid corpid",
            "state": visit.state,
            "prompt": "consent",
        }
        return f"https://login.dingtalk.com/oauth2/auth?{urlencode(query)}"

    def claims(self, code: str, visit: Visit) -> dict[str, Any]:
        """Exchange a code for the person's id, name and organisation."""
        del visit
        body = {
            "clientId": self._about.client_id,
            "clientSecret": self._secret,
            "code": code,
            "grantType": "authorization_code",
        }
        token = _fetched(f"{self._server}/v1.0/oauth2/userAccessToken", body=body)
        if "accessToken" not in token:
            raise NotAuthenticated("DingTalk refuses the code")
        head = {"x-acs-dingtalk-access-token": str(token["accessToken"])}
        known = _fetched(f"{self._server}/v1.0/contact/users/me", headers=head)
        if not known.get("unionId"):
            raise NotAuthenticated("DingTalk does not say who this is")
        return {
            "sub": known["unionId"],
            "preferred_username": known.get("unionId", "").lower(),
            "name": known.get("nick", ""),
            "corp": token.get("corpId", ""),
        }


def asker_of(provider: Provider) -> Asker:
    """Return what speaks to a provider."""
    kinds: dict[str, Callable[[Provider], Asker]] = {"oidc": OpenId, "wecom": WeCom, "dingtalk": DingTalk}
    return kinds[provider.about.kind](provider)


def _fetched(
    address: str,
    query: dict[str, str] | None = None,
    *,
    body: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    try:
        with httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client:
            if body is not None:
                return _json(client.post(address, json=body, headers=headers))
            return _json(client.get(address, params=query, headers=headers))
    except httpx.HTTPError as error:
        # The address may hold a secret.
        raise ProviderAway(f"the sign-on provider does not answer: {type(error).__name__}") from None


def _json(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or len(answer.content) > _MOST_BYTES:
        raise ProviderAway(f"the sign-on provider answers {answer.status_code}")
    try:
        found = answer.json()
    except ValueError:
        raise ProviderAway("the sign-on provider does not answer with JSON") from None
    if not isinstance(found, dict):
        raise ProviderAway("the sign-on provider does not answer with an object")
    return found
