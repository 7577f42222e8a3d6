"""Who comes in to the FastAPI app, and from where: tokens, one-use addresses, cookies, hooks, hosts and origins."""

from http.cookies import SimpleCookie
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from jupyter_agent.server.api.routes import ROUTES
from jupyter_agent.server.asgi import create_app
from jupyter_agent.server.keys import Keys

from .client import Answer, Client
from .conftest import TOKEN, question, says
from .house import config
from .test_access import fill

EVIL = "https://evil.example"


@pytest.fixture
def binding() -> str:
    return "fastapi"


@pytest.fixture
def agent_config() -> dict[str, Any]:
    return {"data_dir": ""}


@pytest.fixture
def outside(client) -> Client:
    """A stranger at the root of the service."""
    return Client(port=client.port, base="/")


async def sign_in(outside: Client, admission: dict[str, Any], **headers: str) -> Answer:
    keys: Keys = admission["keys"]
    return await outside.request("GET", "sign-in", headers=headers, params={"token": keys.once()})


async def signed_in(outside: Client, admission: dict[str, Any], base: str) -> Client:
    """A browser that has opened the address."""
    cookie = (await sign_in(outside, admission)).headers["set-cookie"].partition(";")[0]
    return Client(port=outside.port, base=base, headers={"Cookie": cookie})


class TestTokens:
    async def test_a_program_sends_its_token(self, stranger):
        for scheme in "Bearer", "bearer":
            headers = {"Authorization": f"{scheme} {TOKEN}"}
            assert (await stranger.request("GET", "health", headers=headers)).status == 200

    async def test_nothing_else_is_one(self, stranger):
        for value in TOKEN, f"token {TOKEN}", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer", "Bearer ", "":
            answer = await stranger.request("GET", "health", headers={"Authorization": value})
            assert answer.problem == (
                401,
                "not-signed-in",
                "This is not a token of this service. Send one as `Authorization: Bearer <token>`.",
            )
            assert answer.headers["www-authenticate"] == 'Bearer realm="jupyter-agent"'
        assert (await stranger.request("GET", "health", params={"token": TOKEN})).status == 401

    async def test_a_stranger_is_told_what_to_do(self, stranger):
        words = "Open the address that the service printed when it started, or send its token"
        told = f"{words}: `Authorization: Bearer <token>`."
        assert (await stranger.get("health")).problem == (401, "not-signed-in", told)

    async def test_a_wrong_token_is_wrong_whatever_cookie_comes_with_it(self, client, outside, admission):
        browser = await signed_in(outside, admission, client.base)
        assert (await browser.get("health")).status == 200
        headers = {"Authorization": "Bearer wrong"}
        assert (await browser.request("GET", "health", headers=headers)).status == 401


class TestSignIn:
    async def test_the_address_is_good_once_and_becomes_a_cookie_that_no_script_reads(self, outside, admission):
        params = {"token": admission["keys"].once()}
        first = await outside.request("GET", "sign-in", params=params)
        assert (first.status, first.headers["location"], first.content) == (303, "/docs", b"")
        assert first.headers["cache-control"] == "no-store"
        assert first.headers["referrer-policy"] == "no-referrer"
        [cookie] = SimpleCookie(first.headers["set-cookie"]).values()
        assert cookie.key == f"jupyter-agent-{outside.port}"
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "strict", "/")
        assert cookie["max-age"] == str(24 * 3600)

        words = "This address is not valid, or not any more: each works once, within 5 minutes of the start."
        for wrong in params, {"token": "made-up"}, {}:
            second = await outside.request("GET", "sign-in", params=wrong)
            assert second.problem == (
                401,
                "not-signed-in",
                f"{words} Start the service again: it prints a new one.",
            )
            assert "set-cookie" not in second.headers

    async def test_again_in_the_browser_that_is_signed_in_it_leads_to_the_same_page(self, outside, admission):
        params = {"token": admission["keys"].once()}
        cookie = (await outside.request("GET", "sign-in", params=params)).headers["set-cookie"].partition(";")[0]
        again = await outside.request("GET", "sign-in", params=params, headers={"Cookie": cookie})
        assert (again.status, again.headers["location"], again.content) == (303, "/docs", b"")
        assert "set-cookie" not in again.headers
        other = cookie.partition("=")[0] + "=made-up"
        assert (await outside.request("GET", "sign-in", params=params, headers={"Cookie": other})).status == 401

    async def test_asking_what_is_there_uses_nothing_up(self, outside, admission):
        params = {"token": admission["keys"].once()}
        for method in "HEAD", "OPTIONS", "POST":
            assert (await outside.request(method, "sign-in", params=params)).status == 401
        assert (await outside.request("GET", "sign-in", params=params)).status == 303

    async def test_it_leads_nowhere_else(self, outside, admission):
        params = {"token": admission["keys"].once(), "next": "//evil.example"}
        assert (await outside.request("GET", "sign-in", params=params)).headers["location"] == "/docs"

    async def test_a_link_in_another_site_s_page_or_a_file_works_too(self, outside, admission):
        answer = await sign_in(outside, admission, **{"Sec-Fetch-Site": "cross-site"})
        # A redirect would go on as the other site's step: without the cookie, and refused.
        assert (answer.status, answer.headers["refresh"]) == (200, "0; url=/docs")
        assert "set-cookie" in answer.headers

    async def test_a_name_that_was_rebound_does_not_get_in(self, outside, admission):
        answer = await sign_in(outside, admission, Host="evil.example")
        assert answer.problem[:2] == (421, "unknown-host")

    async def test_the_cookie_opens_pages_and_streams(self, client, outside, admission):
        browser = await signed_in(outside, admission, "/")
        assert (await browser.get("docs")).status == 200
        assert (await browser.get("openapi.json")).status == 200
        stream = await browser.stream("jupyter-agent/v1/events", client="c")
        await stream.until("hello")
        stream.leave()

    async def test_a_made_up_cookie_does_not(self, client, stranger):
        for value in "", "x", TOKEN:
            headers = {"Cookie": f"jupyter-agent-{client.port}={value}"}
            assert (await stranger.request("GET", "health", headers=headers)).status == 401


GOING = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
"""As browsers have it when somebody goes to an address."""


class TestPages:
    """Who goes to an address in a browser reads a refusal as a page, with the same words."""

    @pytest.mark.parametrize(
        ("path", "headers", "status", "words"),
        [
            ("sign-in", {}, 401, "This address is not valid, or not any more: "),
            ("docs", {}, 401, "Open the address that the service printed when it started, or send its token: <code>"),
            ("docs", {"Sec-Fetch-Site": "cross-site"}, 403, "A page of another site may not ask for anything here."),
            ("docs", {"Host": "evil.example"}, 421, "This service does not go by that name."),
            ("nowhere", {"Authorization": f"Bearer {TOKEN}"}, 404, "There is nothing at this address"),
            ("jupyter-agent/v1/x", {"Authorization": f"Bearer {TOKEN}"}, 404, "There is nothing at this address"),
            ("jupyter-agent/v1/runs/x", {"Authorization": f"Bearer {TOKEN}"}, 404, "There is no run with this id."),
        ],
    )
    async def test_a_refusal_is_a_page_that_does_nothing(self, outside, path, headers, status, words):
        answer = await outside.request("GET", path, headers={**GOING, **headers})
        html = answer.content.decode()
        assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert words in html
        assert "<script" not in html
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"

    @pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html", ""])
    async def test_programs_get_json(self, outside, accept):
        assert (await outside.request("GET", "docs", headers={"Accept": accept})).problem[0] == 401
        assert (await outside.request("POST", "docs", headers=GOING)).problem[0] == 401

    async def test_what_a_request_names_is_not_markup(self, client):
        answer = await client.request("GET", "threads", headers=GOING, params={"limit": "<b>x</b>"})
        assert answer.status == 400
        assert b"<b>" not in answer.content


class TestProof:
    """What a cookie alone may not do: a page on another port of this machine is sent with it, too."""

    async def test_a_change_needs_one_of_two_headers(self, client, outside, admission, play):
        play(says("Hi"))
        browser = await signed_in(outside, admission, client.base)
        refused = await browser.post("runs", question(run="run-1"))
        assert refused.problem == (
            403,
            "no-proof-of-origin",
            "With a cookie, a change needs the header Origin or Sec-Fetch-Site. Programs send a token instead.",
        )
        own = {"Origin": f"http://127.0.0.1:{client.port}"}
        for at, proof in enumerate([own, {"Sec-Fetch-Site": "same-origin"}]):
            asked = question(run=f"run-{at}", thread=f"thread-{at}")
            assert (await browser.request("POST", "runs", asked, headers=proof)).status == 202

    async def test_saying_that_a_person_typed_it_proves_nothing(self, client, outside, admission):
        browser = await signed_in(outside, admission, client.base)
        for site in "none", "same-site", "cross-site", "", "same-origin, cross-site":
            answer = await browser.request("POST", "runs", question(), headers={"Sec-Fetch-Site": site})
            assert answer.status == 403

    async def test_a_token_is_proof_enough(self, client):
        answer = await client.request("DELETE", "threads/x", headers={"Cookie": "something=else"})
        assert answer.status == 404

    async def test_bodies_are_json_only(self, client):
        for kind in "text/plain", "application/x-www-form-urlencoded", "multipart/form-data":
            answer = await client.request("POST", "runs", content=b"{}", headers={"Content-Type": kind})
            assert answer.problem[:2] == (400, "body-not-json")


class TestOtherSites:
    async def test_no_route_serves_a_page_of_another_site_whatever_the_credentials(self, client, outside, admission):
        browser = await signed_in(outside, admission, client.base)
        for who in client, browser:
            for route in ROUTES:
                body: Any = {} if route.body == "json" else None
                for headers in ({"Origin": EVIL, "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "cross-site"}):
                    answer = await who.request(route.method, fill(route.path), body, headers=headers)
                    assert answer.problem[:2] == (403, "unknown-origin")
                    assert not [name for name in answer.headers if name.startswith("access-control")]

    @pytest.mark.parametrize(
        ("origin", "status"),
        [
            ("http://127.0.0.1:{port}", 200),
            ("HTTP://127.0.0.1:{port}", 200),
            ("https://127.0.0.1:{port}", 403),
            ("http://127.0.0.1", 403),
            ("http://127.0.0.1:1", 403),
            ("http://localhost:{port}", 403),
            ("http://127.0.0.1:{port}.evil.example", 403),
            ("http://127.0.0.1:{port}/", 403),
            ("http://evil@127.0.0.1:{port}", 403),
            ("http://evil.example#127.0.0.1:{port}", 403),
            ("http://127.0.0.1\u0131:{port}", 403),
            ("null", 403),
            ("", 403),
            ("*", 403),
        ],
    )
    async def test_scheme_host_and_port_are_compared_exactly(self, client, origin, status):
        given = origin.format(port=client.port)
        for headers in ({"Origin": given}, {"Origin": given, "Sec-Fetch-Site": "same-origin"}):
            assert (await client.request("GET", "threads", headers=headers)).status == status

    @pytest.mark.parametrize(
        ("host", "status"),
        [
            ("127.0.0.1:{port}", 200),
            ("localhost:{port}", 200),
            ("LOCALHOST", 200),
            ("[::1]:{port}", 200),
            ("evil.example", 421),
            ("evil.example:{port}", 421),
            ("127.0.0.1.evil.example", 421),
            ("localhost.evil.example:{port}", 421),
            ("localhost.", 421),
            ("127.0.0.1@evil.example", 421),
            ("[::ffff:127.0.0.1]", 421),
            ("127.1", 421),
            ("", 421),
        ],
    )
    async def test_the_host_has_to_be_this_service_s(self, client, host, status):
        given = {"Host": host.format(port=client.port)}
        answer = await client.request("GET", "threads", headers=given)
        assert answer.status == status
        if status == 421:
            assert answer.problem[1] == "unknown-host"

    async def test_two_hosts_are_none(self, client):
        answer = await client.request("GET", "threads", headers={"host": "evil.example"})
        assert answer.status == 400


class TestBehindAProxy:
    @pytest.fixture
    def admission(self, admission):
        return {**admission, "hosts": ["Notebooks.example:8443"], "origins": ["https://Notebooks.example"]}

    async def test_its_names_are_ours(self, client):
        named = {"Host": "notebooks.example"}
        assert (await client.request("GET", "threads", headers=named)).status == 200
        seen = {"Origin": "https://notebooks.example:443"}
        assert (await client.request("GET", "threads", headers={**named, **seen})).status == 200
        for other in "http://notebooks.example:443", "https://notebooks.example:444", "https://a.notebooks.example":
            assert (await client.request("GET", "threads", headers={**named, "Origin": other})).status == 403

    async def test_a_cookie_that_came_through_tls_stays_in_it(self, outside, admission):
        plain = await sign_in(outside, admission)
        assert "secure" not in plain.headers["set-cookie"].lower()
        # As a proxy on this machine says it to uvicorn.
        safe = await sign_in(outside, admission, **{"Host": "notebooks.example", "X-Forwarded-Proto": "https"})
        assert "secure" in safe.headers["set-cookie"].lower()

    @pytest.mark.parametrize("places", [{"origins": ["notebooks.example"]}, {"hosts": ["https://notebooks.example"]}])
    def test_what_is_no_name_is_refused_in_words(self, places):
        with pytest.raises(ValueError, match=r"^(An origin is a scheme, a host and|A host is a name)"):
            create_app(config({"data_dir": ""}), keys=Keys([TOKEN]), **places)


async def by_header(request: Request) -> str | None:
    """A hook as somebody writes it who has users already."""
    name = request.headers.get("X-User")
    if name == "banned":
        raise HTTPException(403, "You are not welcome here any more.")
    return name


class TestHook:
    @pytest.fixture
    def admission(self):
        return {"identify": by_header}

    async def test_it_alone_says_who_asks(self, house, stranger):
        assert (await house.as_("alice").get("threads")).status == 200
        assert (await stranger.get("threads")).problem == (
            401,
            "not-signed-in",
            "This service does not know who asks. Sign in first.",
        )
        assert (await house.as_("banned").get("threads")).problem == (
            403,
            "not-signed-in",
            "You are not welcome here any more.",
        )

    async def test_tokens_and_one_use_addresses_open_nothing(self, house, outside):
        assert (await house.client.get("threads")).status == 401
        assert (await outside.request("GET", "sign-in", params={"token": "x"})).status == 401

    async def test_what_came_with_a_cookie_proves_where_it_comes_from(self, house):
        alice = house.as_("alice")
        cookie = {"Cookie": "session=of-the-hook-s-own"}
        assert (await alice.request("DELETE", "threads/x", headers=cookie)).problem[:2] == (403, "no-proof-of-origin")
        same = {**cookie, "Sec-Fetch-Site": "same-origin"}
        assert (await alice.request("DELETE", "threads/x", headers=same)).status == 404


class TestABrokenHook:
    @pytest.fixture
    def admission(self):
        def broken(request: Request) -> str:
            raise RuntimeError("the secret of the user table")

        return {"identify": broken}

    async def test_it_lets_nobody_in_and_shows_nothing(self, client, caplog):
        assert (await client.get("threads")).problem == (
            500,
            "internal",
            "Something went wrong inside the assistant's server. Its log has the details.",
        )
        assert "the secret of the user table" in caplog.text
        assert (await client.get("threads")).headers["x-content-type-options"] == "nosniff"


def test_there_is_no_way_to_leave_it_open():
    with pytest.raises(ValueError, match="Nobody could come in"):
        create_app(config({"data_dir": ""}))


async def test_every_answer_says_what_a_browser_may_do_with_it(client, outside):
    for answer in (await client.get("health"), await client.get("nonsense"), await outside.get("docs")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
