"""Who may come in, as far as it is Jupyter Server's own: its credentials, its authorizer, its kernels."""

import re
from http.cookies import SimpleCookie
from typing import Any, ClassVar

import pytest
from jupyter_server.auth import Authorizer, IdentityProvider, User
from jupyter_server.auth.identity import PasswordIdentityProvider

from jupyter_agent.kernels.memory import MemoryKernel
from jupyter_agent.server.api.routes import ROUTES
from jupyter_agent.server.identity import names_users, owner
from tests.hosts.played import PlayedNotebook

from .client import Client
from .conftest import Names, calls, question, says
from .pages import PlayedPage
from .test_access import fill

SIGN_IN = "Sign in to Jupyter first, or send its token: this request says nobody."


@pytest.fixture
def binding() -> str:
    return "jupyter"


class TestStrangers:
    async def test_they_are_told_what_to_do(self, stranger):
        assert (await stranger.get("health")).problem == (403, "not-signed-in", SIGN_IN)

    async def test_every_handler_that_is_mounted_refuses_them(self, extension, stranger, jp_base_url):
        """Even one that the table does not know."""
        mounted = [pattern for pattern, *_ in extension.handlers]
        for pattern in mounted:
            address = re.sub(r"\(\?P<\w+>[^)]*\)", "x", pattern).replace("(?:/.*)?", "/y").replace("\\", "")
            outside = Client(port=stranger.port, base=jp_base_url.rstrip("/"))
            assert (await outside.get(address)).status == 403
        assert len(mounted) == len({route.path for route in ROUTES}) + 1

    async def test_a_foreign_host_name_is_refused(self, client):
        """A page of another site whose name was rebound to this machine."""
        answer = await client.request("GET", "health", headers={"Host": "evil.example"})
        assert answer.status == 403


class TestCredentials:
    async def test_the_token_is_good_in_a_header_and_in_the_address(self, stranger, jp_serverapp):
        token = jp_serverapp.identity_provider.token
        for headers, params in (
            ({"Authorization": f"token {token}"}, {}),
            ({"Authorization": f"Bearer {token}"}, {}),
            ({}, {"token": token}),
        ):
            assert (await stranger.request("GET", "health", headers=headers, params=params)).status == 200

    async def test_a_cookie_opens_streams_but_posts_nothing_without_its_xsrf_value(self, client, play, jp_base_url):
        play(says("Hi"))
        browser, xsrf = await signed_in(client, jp_base_url)
        listening = await browser.stream("events", client="c")
        await listening.until("hello")
        refused = await browser.post("runs", question(run="run-1"))
        assert refused.problem == (
            403,
            "xsrf",
            "Send the value of the _xsrf cookie as the header X-XSRFToken, or use the token.",
        )
        sent = await browser.request("POST", "runs", question(run="run-1"), headers={"X-XSRFToken": xsrf})
        assert sent.status == 202
        await (await browser.stream("runs/run-1/events")).rest()
        listening.leave()

    async def test_a_page_of_another_site_gets_nothing_for_the_cookie(self, client, jp_base_url):
        browser, xsrf = await signed_in(client, jp_base_url)
        evil = {"Origin": "https://evil.example"}
        for route in ROUTES:
            body: Any = {} if route.body == "json" else None
            answer = await browser.request(route.method, fill(route.path), body, headers={**evil, "X-XSRFToken": xsrf})
            assert answer.problem[:2] == (404, "unknown-path")
            assert "access-control-allow-origin" not in answer.headers
        for origin in "null", f"http://127.0.0.1:{browser.port}.evil.example", f"http://127.0.0.1:{browser.port + 1}":
            assert (await browser.request("GET", "threads", headers={"Origin": origin})).status == 404
        mine = {"Origin": f"http://127.0.0.1:{browser.port}"}
        assert (await browser.request("GET", "threads", headers=mine)).status == 200

    async def test_whoever_holds_the_token_is_one_owner(self, client, play, jp_base_url):
        play(says("Hi"))
        await client.post("runs", question(run="run-1"))
        browser, _ = await signed_in(client, jp_base_url)
        assert [thread["threadId"] for thread in (await browser.get("threads")).json["threads"]] == ["thread-1"]


async def signed_in(client: Client, base: str) -> tuple[Client, str]:
    """A browser after signing in: its cookies, and the value that its scripts read from them."""
    login = await Client(port=client.port, base=base).get("login")
    cookie = SimpleCookie(login.headers["set-cookie"])
    user = SimpleCookie((await client.get("health")).headers["set-cookie"])
    pairs = "; ".join(f"{name}={morsel.coded_value}" for name, morsel in {**cookie, **user}.items())
    return Client(port=client.port, base=client.base, headers={"Cookie": pairs}), cookie["_xsrf"].value


class NoWriting(Authorizer):
    """Lets people look at the assistant and not use it."""

    asked: ClassVar[list[tuple[str, str]]] = []

    def is_authorized(self, handler: Any, user: User, action: str, resource: str) -> bool:
        self.asked.append((action, resource))
        return action == "read"


class TestAuthorizer:
    @pytest.fixture
    def jp_server_config(self, jp_server_config):
        jp_server_config["ServerApp"]["authorizer_class"] = NoWriting
        return jp_server_config

    async def test_jupyter_s_authorizer_decides_per_method(self, client):
        NoWriting.asked.clear()
        assert (await client.get("threads/x")).status == 404
        refused = await client.request("DELETE", "threads/x")
        assert refused.problem[:2] == (403, "forbidden")
        assert (await client.get("threads/x")).status == 404
        read, write = ("read", "jupyter_agent"), ("write", "jupyter_agent")
        assert NoWriting.asked == [read, write, read]


class NoKernels(Authorizer):
    """Lets people do everything, but use kernels."""

    def is_authorized(self, handler: Any, user: User, action: str, resource: str) -> bool:
        return resource != "kernels"


def looking(client: Client, kernel_id: str | None) -> PlayedPage:
    """A page whose notebook is said to have this kernel."""
    notebook = PlayedNotebook("a.ipynb", kernel="idle" if kernel_id else None)
    notebook.kernel_id = kernel_id or ""
    return PlayedPage(client, notebook)


async def variables(page: PlayedPage) -> str:
    """What the model is told when it asks for the variables."""
    await page.open()
    await page.client.post("runs", question(run="run-1", **page.page()))
    told = await page.hears("TOOL_CALL_RESULT")
    await page.close()
    content: str = told.data["content"]
    return content


class TestKernels:
    @pytest.fixture
    def kernel(self, house, play) -> MemoryKernel:
        play(calls("list_variables"))
        kernel = MemoryKernel()
        kernel.namespace["secret"] = 1
        house.parts["kernels"] = kernel
        return kernel

    async def test_by_default_whoever_may_come_in_may_look(self, client, kernel):
        assert "secret" in await variables(looking(client, "k"))


class TestNoKernels(TestKernels):
    @pytest.fixture
    def jp_server_config(self, jp_server_config):
        jp_server_config["ServerApp"]["authorizer_class"] = NoKernels
        return jp_server_config

    async def test_by_default_whoever_may_come_in_may_look(self, client, kernel):
        """Not here."""
        told = await variables(looking(client, "k"))
        assert "You may not use" in told
        assert "secret" not in told


@pytest.mark.usefixtures("by_name")
class TestKernelsOfOthers(TestKernels):
    @pytest.mark.parametrize(("path", "seen"), [("a.ipynb", True), ("RTC:a.ipynb", True), ("b.ipynb", False)])
    async def test_a_kernel_has_to_belong_to_the_notebook(self, house, kernel, jp_serverapp, path, seen):
        alice = house.as_("alice")
        kernel_id = await jp_serverapp.kernel_manager.start_kernel()
        await jp_serverapp.session_manager.save_session("s", path=path, name="", type="notebook", kernel_id=kernel_id)
        assert ("secret" in await variables(looking(alice, kernel_id))) is seen

    async def test_by_default_whoever_may_come_in_may_look(self, house, kernel):
        """Not here."""
        alice = house.as_("alice")
        assert "You may not use" in await variables(looking(alice, "another's"))


class TestWhoTheOwnerIs:
    @pytest.mark.parametrize("provider", [IdentityProvider, PasswordIdentityProvider])
    def test_jupyter_s_own_providers_know_nobody_by_name(self, provider):
        assert owner(provider(), User(username="3f2a")) == "local"

    def test_a_provider_that_says_who_is_who_does(self):
        assert owner(Names(), User(username="alice")) == "alice"
        assert owner(Names(), None) is None

    def test_a_provider_that_changes_something_else_does_not(self):
        class Cookies(PasswordIdentityProvider):
            def get_cookie_name(self, handler: Any) -> str:
                return "mine"

        assert not names_users(Cookies())

    def test_one_that_maps_tokens_to_people_does(self):
        class Tokens(PasswordIdentityProvider):
            async def get_user_token(self, handler: Any) -> User | None:
                return User(username="bob")

        assert names_users(Tokens())
