"""What each endpoint is for, in words, beside the table of routes: for the OpenAPI document and its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .schemas import NUMBER, TEXT, Schema

STREAM = "An event stream: `id:` and one `data:` line holding one AG-UI event. `event: beat` after each silence."


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A value in the address, or in a header."""

    description: str
    schema: Schema = field(default_factory=lambda: TEXT)
    place: str = "query"
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One endpoint. Schemas are named as in the document's components."""

    group: str
    summary: str
    description: str
    answers: Mapping[int, tuple[str, str | None]]
    """Of each good status what it means, and the schema of its body."""
    refusals: Mapping[int, str] = field(default_factory=dict)
    """Of each refusal of this endpoint's own when it comes."""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    body: str | None = None
    example: Mapping[str, Any] | None = None
    """A small body that is taken."""


IDS: Mapping[str, str] = {
    "runId": "The run's id, chosen by whoever starts it. A random UUID is best.",
    "threadId": "The conversation's id, chosen by whoever begins it.",
    "pageId": "A random id of one load of a front end.",
    "actionId": "The id of the action, as its event names it.",
    "blobId": "The id that was given when the file was stored.",
}
_PLACE = {
    "Last-Event-ID": Parameter(description="The id of the last frame that was read: go on after it.", place="header"),
    "after": Parameter(description="The same, for those who cannot send headers. The header wins."),
}
_ASKED = {
    "threadId": "thread-1",
    "runId": "run-1",
    "messages": [{"id": "message-1", "role": "user", "content": "What can you do?"}],
}
_RUN_404 = {404: "There is no such run of yours."}
_THREAD_404 = {404: "There is no such conversation of yours."}

DESCRIBED: Mapping[str, Described] = {
    "health": Described(
        group="About",
        summary="Whether all is well",
        description="Version, model, store and warnings: enough to see what is wrong.",
        answers={200: ("How it is.", "Health")},
    ),
    "capabilities": Described(
        group="About",
        summary="What can be chosen and done",
        description="AG-UI's capabilities, with the models, modes and limits of this service.",
        answers={200: ("What it can do.", "Capabilities")},
    ),
    "start_run": Described(
        group="Runs",
        summary="Ask something",
        description="Starts a run: the answer to one message. It goes on whoever listens; follow its events. The same "
        "run again starts nothing and is answered alike. Of `messages` the new ones of the user count. In "
        "`forwardedProps.jupyterAgent` may stand `model`, `mode`, `page` ({pageId, documentId, activeCellId, "
        "selection}), `notebook` ({path}) and `budget` ({steps, toolCalls, tokens, seconds, cost}).",
        answers={202: ("It goes on.", "Started")},
        refusals={409: "A run is going on in this conversation, or the id was used for something else."},
        body="RunAgentInput",
        example=_ASKED,
    ),
    "read_run": Described(
        group="Runs",
        summary="How a run is",
        description="Running, waiting for somebody, or finished, and how.",
        answers={200: ("The run.", "Run")},
        refusals=_RUN_404,
    ),
    "cancel_run": Described(
        group="Runs",
        summary="Stop a run",
        description="Answers when the run has ended. Again: the same answer.",
        answers={202: ("It has ended.", "Run")},
        refusals=_RUN_404,
    ),
    "follow_run": Described(
        group="Runs",
        summary="Follow a run",
        description="Its events from the first, or after a place, to the last. Leaving does not stop it.",
        answers={200: (STREAM, None), 204: ("It has finished, and all of it was read.", None)},
        refusals=_RUN_404,
        parameters=_PLACE,
    ),
    "answer_run": Described(
        group="Runs",
        summary="Answer what a run waits for",
        description="Approve or deny exactly what was shown, or answer a question.",
        answers={202: ("Taken.", "Answered")},
        refusals={
            404: "There is no such run of yours, or it did not ask this.",
            409: "It was answered before, has expired, or is about something else; `state` says which.",
        },
        body="Inputs",
        example={"requestId": "<as the event names it>", "hash": "<of what was shown>", "decision": "approve"},
    ),
    "agui": Described(
        group="Runs",
        summary="Ask and follow at once",
        description="The standard binding of AG-UI, for its unmodified clients: starts a run and answers with its "
        "events. Nothing is waited for: where a person has to be asked, the run ends with the interrupt outcome and "
        "the next one brings `resume`; where the model calls one of the client's `tools`, it ends with "
        "`pendingToolCallIds` and the next one brings their results as tool messages. Signs of life are comments.",
        answers={200: (STREAM, None)},
        refusals={
            404: "This conversation has no question with an id that `resume` names.",
            409: "A run is going on in this conversation, the id was used for something else, or a question was "
            "answered before or has expired.",
        },
        parameters=_PLACE,
        body="RunAgentInput",
        example=_ASKED,
    ),
    "follow_client": Described(
        group="Pages",
        summary="Follow everything that a client's pages show",
        description="Begins with `jupyter_agent.hello`. Then the events of the conversations that its pages name, "
        "announcements of others, and actions for its pages. Frames are numbered `<seq>:<runId>`.",
        answers={200: (STREAM, None)},
        parameters={
            "client": Parameter(description="A random id of whoever holds this connection.", required=True),
            **_PLACE,
        },
    ),
    "put_page": Described(
        group="Pages",
        summary="Say what a page has open",
        description="Its conversations and notebooks. Say it after each hello, and whenever it changes. Notebooks are "
        "read and changed through the page that has them open.",
        answers={204: ("Noted.", None)},
        refusals={429: "Too many pages are open."},
        body="Registration",
    ),
    "remove_page": Described(
        group="Pages",
        summary="Take leave",
        description="The page is gone, and holds no notebook any more.",
        answers={204: ("Noted.", None)},
        refusals={404: "There is no such page of yours."},
    ),
    "report_action": Described(
        group="Pages",
        summary="Report an action",
        description="What became of an action that this page was asked to carry out.",
        answers={204: ("Noted.", None)},
        refusals={404: "There is no such action of yours.", 409: "It has ended already; `state` says how."},
        body="Report",
    ),
    "list_threads": Described(
        group="Conversations",
        summary="List and search",
        description="Newest first.",
        answers={200: ("Those that were found.", "Threads")},
        parameters={
            "q": Parameter(description="Words in the title or in what was said."),
            "notebook": Parameter(description="The path of a notebook: only its conversations."),
            "limit": Parameter(description="How many at most.", schema={**NUMBER, "minimum": 1, "maximum": 500}),
        },
    ),
    "read_thread": Described(
        group="Conversations",
        summary="Read a conversation",
        description="Messages of runs that have ended, open requests, and where to follow the rest from.",
        answers={200: ("The conversation.", "Thread")},
        refusals=_THREAD_404,
    ),
    "rename_thread": Described(
        group="Conversations",
        summary="Rename a conversation",
        description="Only its title changes.",
        answers={200: ("The conversation.", "Thread")},
        refusals=_THREAD_404,
        body="Rename",
    ),
    "delete_thread": Described(
        group="Conversations",
        summary="Delete a conversation",
        description="For good, with its events and files.",
        answers={204: ("It is gone.", None)},
        refusals={**_THREAD_404, 409: "It is still being answered: stop that first."},
    ),
    "put_blob": Described(
        group="Files",
        summary="Store a file",
        description="What is too large for a message. Its Content-Type is kept.",
        answers={201: ("Stored.", "Blob")},
        parameters={"thread": Parameter(description="The conversation with which it will be deleted.")},
    ),
    "read_blob": Described(
        group="Files",
        summary="Read a file",
        description="As it was stored. Browsers download it, and run nothing of it.",
        answers={200: ("The file.", "bytes")},
        refusals={404: "There is no such file of yours."},
    ),
}
