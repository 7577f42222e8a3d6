"""Pages that vanish without a word: they hold nothing for long, and leave nothing behind for ever."""

import asyncio

import pytest

from jupyter_agent.core.errors import Invalid, ToolError, TooMany
from jupyter_agent.core.notebook import Binding
from jupyter_agent.hosts.pages import PAGES
from jupyter_agent.hosts.reports import DOCUMENTS

from .conftest import settle
from .played import PlayedNotebook

BY_PATH = Binding(path="penguins.ipynb")


class TestCrash:
    async def test_a_page_that_is_away_for_a_minute_holds_nothing(self, desk):
        page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "a"))
        page.sleep()
        await desk.pass_time(59)
        assert len(desk.pages.holders("me", "penguins.ipynb")) == 1
        await desk.pass_time(1)
        assert desk.pages.holders("me", "penguins.ipynb") == []
        assert desk.pages.documents("me") == []
        page.wake()
        assert len(desk.pages.holders("me", "penguins.ipynb")) == 1

    async def test_one_that_never_listened_holds_nothing_either_after_that_time(self, desk):
        page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "a"))
        page.sleep()
        await desk.pass_time(50)
        await page.register()
        await desk.pass_time(50)
        assert len(desk.pages.documents("me")) == 1
        await desk.pass_time(10)
        assert desk.pages.documents("me") == []

    async def test_its_claim_on_the_run_that_it_started_lives_on(self, desk):
        page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "a"))
        page.sleep()
        await desk.pass_time(3600)
        held = await desk.ended(desk.hosts.open(desk.channel, desk.binding()))
        reading = asyncio.ensure_future(held.read())
        await settle()
        page.wake()
        assert (await desk.ended(reading)).cells[0].source == "a"

    async def test_a_run_goes_on_in_the_page_in_which_the_notebook_was_opened_again(self, desk):
        page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "lost"))
        page.sleep()
        await desk.pass_time(70)
        await desk.page("page-2", PlayedNotebook("penguins.ipynb", "reopened"))
        held = await desk.ended(desk.hosts.open(desk.channel, desk.binding()))
        assert (await desk.ended(held.read())).cells[0].source == "reopened"

    async def test_until_then_the_page_may_come_back_and_is_waited_for(self, desk):
        page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "first"))
        page.sleep()
        await desk.page("page-2", PlayedNotebook("penguins.ipynb", "second"))
        await desk.pass_time(20)
        back = asyncio.ensure_future(desk.hosts.open(desk.channel, desk.binding()))
        await settle()
        assert not back.done()
        page.wake()
        held = await desk.ended(back)
        assert (await desk.ended(held.read())).cells[0].source == "first"
        page.sleep()
        gone = asyncio.ensure_future(desk.hosts.open(desk.channel, desk.binding()))
        await desk.pass_time(61)
        held = await desk.ended(gone)
        assert (await desk.ended(held.read())).cells[0].source == "second"

    async def test_a_run_that_knows_only_the_path_waits_for_the_dead_one_to_be_known_as_such(self, desk):
        page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "lost"))
        page.sleep()
        await desk.page("page-2", PlayedNotebook("penguins.ipynb", "reopened"))
        opening = asyncio.ensure_future(desk.hosts.open(desk.channel, BY_PATH))
        await desk.pass_time(59)
        assert not opening.done()
        await desk.pass_time(2)
        held = await desk.ended(opening)
        assert (await desk.ended(held.read())).cells[0].source == "reopened"

    async def test_of_two_that_are_there_none_is_guessed_and_nobody_waits(self, desk):
        for name in "page-1", "page-2":
            await desk.page(name, PlayedNotebook("penguins.ipynb", "a"))
        (await desk.page("page-3", PlayedNotebook("penguins.ipynb", "a"))).sleep()
        with pytest.raises(ToolError, match="open in several pages"):
            await desk.ended(desk.hosts.open(desk.channel, BY_PATH))

    async def test_a_page_that_is_gone_is_not_named_as_open(self, desk):
        (await desk.page("page-1", PlayedNotebook("other.ipynb"))).sleep()
        await desk.pass_time(60)
        with pytest.raises(ToolError, match="No notebook is open"):
            await desk.ended(desk.hosts.open(desk.channel, Binding()))


class TestBounds:
    async def test_there_are_so_many_pages_and_the_longest_absent_leave_first(self, desk):
        for at in range(PAGES):
            (await desk.page(f"page-{at}", PlayedNotebook("a.ipynb"), PlayedNotebook("b.ipynb"))).sleep()
            await desk.pass_time(1)
        await desk.page("one-more", PlayedNotebook("a.ipynb"))
        assert desk.pages.page("me", "page-0") is None
        assert desk.pages.page("me", "page-1") is not None
        leases = await desk.store.records.leases("me")
        assert len({lease.page_id for lease in leases}) == PAGES
        assert "page-0" not in {lease.page_id for lease in leases}

    async def test_of_those_that_are_there_none_is_thrown_out(self, desk):
        for at in range(PAGES):
            await desk.page(f"page-{at}")
        with pytest.raises(TooMany, match="Close some"):
            await desk.page("one-more")
        await desk.pages.put("me", "page-0", {"clientId": "c"})
        await desk.page("another", owner="somebody else")

    async def test_a_page_has_so_many_documents(self, desk):
        documents = [{"documentId": str(at), "path": "a.ipynb", "kernelId": None} for at in range(DOCUMENTS + 1)]
        with pytest.raises(Invalid, match=f"documents: .*{DOCUMENTS}") as refused:
            await desk.pages.put("me", "page-1", {"clientId": "c", "documents": documents})
        assert refused.value.extras["field"] == "documents"
        await desk.pages.put("me", "page-1", {"clientId": "c", "documents": documents[1:]})

    async def test_claims_that_have_expired_are_deleted(self, desk):
        (await desk.page("page-1", PlayedNotebook("a.ipynb"))).sleep()
        listening = await desk.page("page-2", PlayedNotebook("a.ipynb"))
        restarted = type(desk)()
        restarted.store, restarted.clock = desk.store, desk.clock
        restarted.pages = type(desk.pages)(desk.store.records, desk.clock)
        await desk.pass_time(24 * 3600)
        await restarted.page("page-3", PlayedNotebook("a.ipynb"))
        assert {lease.page_id for lease in await desk.store.records.leases("me")} == {"page-3"}
        await listening.register()
        assert desk.pages.page("me", "page-1") is None
        assert {lease.page_id for lease in await desk.store.records.leases("me")} == {"page-2", "page-3"}

    async def test_nothing_is_remembered_of_clients_without_pages(self, desk):
        page = await desk.page("page-1", PlayedNotebook("a.ipynb"))
        page.sleep()
        await desk.pages.put("me", "page-1", {"clientId": "another"})
        await desk.pages.remove("me", "page-1")
        with desk.pages.connected("me", "nobody's"):
            pass
        assert not desk.pages._presence.known
