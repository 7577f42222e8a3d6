"""What the server says about itself: whether it is well, and what it can do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ag_ui.core import (
    AgentCapabilities,
    ExecutionCapabilities,
    HumanInTheLoopCapabilities,
    IdentityCapabilities,
    OutputCapabilities,
    StateCapabilities,
    ToolsCapabilities,
    TransportCapabilities,
)

from ...core.policy import Mode

MODES: Mapping[Mode, tuple[str, str]] = {
    Mode.MANUAL: ("Ask first", "Asks before it changes the notebook or runs code."),
    Mode.PLAN: ("Read only", "Reads and answers; changes nothing and runs nothing."),
    Mode.ACCEPT_EDITS: ("Accept edits", "Changes the notebook without asking; asks before it runs code."),
    Mode.AUTO: ("Automatic", "Changes the notebook and runs code without asking."),
    Mode.UNATTENDED: ("Unattended", "What would have to be asked is denied."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What does not change while the server runs."""

    version: str
    model: str
    mode: Mode
    modes: Sequence[Mode]
    choices: Callable[[], Sequence[Mapping[str, Any]]]
    """The models that can be chosen: {id, label, description, available, howTo, provider, sends, address, images,
    group}. May take a moment.
    """
    providers: Callable[[], Sequence[Mapping[str, Any]]]
    """Those of whose models any can be named: {id, label, sends, address, example, available, howTo}."""
    store: Mapping[str, Any]
    """{kind, path, journal, durable, message}."""
    warnings: Sequence[str]
    body_bytes: int
    event_bytes: int
    approval_seconds: float

    def health(self, running: int, trouble: str | None = None) -> dict[str, Any]:
        """GET health. `trouble` is what is wrong with the store just now."""
        warnings = [*self.warnings, *([trouble] if trouble else [])]
        return {
            "status": "degraded" if warnings else "ok",
            "version": self.version,
            "model": self.model,
            "store": dict(self.store),
            "runs": {"running": running},
            "warnings": warnings,
        }

    async def capabilities(self) -> dict[str, Any]:
        """GET capabilities: AG-UI's own, and `jupyterAgent` beside them."""
        choices = await asyncio.to_thread(self.choices)
        standard = AgentCapabilities(
            identity=IdentityCapabilities(
                name="jupyter-agent",
                type="jupyter-agent",
                description="An assistant that reads and edits the live notebook and runs its cells.",
                version=self.version,
            ),
            transport=TransportCapabilities(
                streaming=True, websocket=False, http_binary=False, push_notifications=False, resumable=True
            ),
            tools=ToolsCapabilities(supported=True, parallel_calls=False, client_provided=True),
            output=OutputCapabilities(structured_output=False, supported_mime_types=["text/markdown"]),
            state=StateCapabilities(snapshots=False, deltas=False, memory=False, persistent_state=False),
            execution=ExecutionCapabilities(code_execution=True, sandboxed=False),
            human_in_the_loop=HumanInTheLoopCapabilities(
                supported=True,
                approvals=True,
                interventions=False,
                feedback=False,
                interrupts=True,
                approve_with_edits=True,
            ),
        )
        return {
            **standard.model_dump(mode="json", by_alias=True),
            "jupyterAgent": {
                "models": [dict(choice) for choice in choices],
                "providers": [dict(provider) for provider in self.providers()],
                "model": self.model,
                "modes": [
                    {"id": mode.value, "label": MODES[mode][0], "description": MODES[mode][1]} for mode in self.modes
                ],
                "mode": self.mode.value,
                "limits": {
                    "bodyBytes": self.body_bytes,
                    "eventBytes": self.event_bytes,
                    "approvalSeconds": self.approval_seconds,
                },
                "warnings": list(self.warnings),
            },
        }
