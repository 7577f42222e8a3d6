"""What is taken for a secret, and what is not. All values here are made up."""

import base64
import json
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agent.core.secrets import MARK, hide, hide_in_json, hide_inside

_A = "Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z"

SECRETS = [
    ("sk-proj-" + _A + _A, "key"),
    ("sk-" + _A, "key"),
    ("sk-ant-api03-" + _A + "-AA", "key"),
    ("sk-or-v1-" + "0a1b2c3d" * 8, "key"),
    ("AIza" + _A + "abc", "key"),
    ("AKIA" + "QWERTYUI12345678", "key"),
    ("hf_" + _A + "xy", "key"),
    ("gsk_" + _A + _A, "key"),
    ("sk_live_" + _A, "key"),
    ("SG." + _A[:22] + "." + _A + _A[:11], "key"),
    ("ghp_" + _A + "abcd", "token"),
    ("github_pat_" + _A, "token"),
    ("glpat-" + _A[:20], "token"),
    ("pypi-AgEIcHlwaS5vcmc" + _A + _A, "token"),
    ("xoxb-123456789012-" + _A, "token"),
    ("ya29." + _A, "token"),
    ("dapi" + "0123456789abcdef" * 2, "token"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + _A, "token"),
]


@pytest.mark.parametrize(("secret", "kind"), SECRETS, ids=[secret[:12] for secret, _ in SECRETS])
@pytest.mark.parametrize("around", ["{}", "x = '{}'", '{{"a": "{}"}}', "see {}, please", "KEY={}\n", "\\n{}\\n"])
def test_a_known_form_is_hidden_wherever_it_stands(secret: str, kind: str, around: str) -> None:
    assert secret not in hide(around.format(secret))
    assert hide(f"({secret})") == f"({MARK} {kind}⟩)"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ('password = "hunter2!"', f'password = "{MARK} password⟩"'),
        ("connect(user='ann', password='tr0ub4dor')", f"connect(user='ann', password='{MARK} password⟩')"),
        ('{"db_password": "s3cr3t-pw"}', f'{{"db_password": "{MARK} password⟩"}}'),
        ('{\\"password\\": \\"s3cr3tpw\\"}', f'{{\\"password\\": \\"{MARK} password⟩\\"}}'),
        ("DB_PASSWORD=Tr0ub4dor-and-3", f"DB_PASSWORD={MARK} password⟩"),
        ("os.environ['API_KEY'] = 'q8w7e6r5t4y3u2i1'", f"os.environ['API_KEY'] = '{MARK} secret⟩'"),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz", f"aws_secret_access_key = {MARK} secret⟩"),
        ("client-secret: 8f3Q~aBcDeFgHiJkLmNoPqRsTuV", f"client-secret: {MARK} secret⟩"),
        ("postgresql://ann:pa55w0rd@db.example.org/x", f"postgresql://ann:{MARK} password⟩@db.example.org/x"),
        ("Authorization: Bearer 0123456789abcdefghij", f"Authorization: Bearer {MARK} token⟩"),
        ("https://hooks.slack.com/services/T000/B000/abcDEF123456", f"https://hooks.slack.com/services/{MARK} token⟩"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----\nx", f"{MARK} private key⟩\nx"),
        ("a\n-----BEGIN PRIVATE KEY-----\nMIIEcut", f"a\n{MARK} private key⟩"),
        ('k = "-----BEGIN PRIVATE KEY-----\\nMIIEcut"\nprint(k)', f'k = "{MARK} private key⟩"\nprint(k)'),
        (f"-----BEGIN PRIVATE KEY-----{_A}{_A} x", f"{MARK} private key⟩ x"),
        (
            '("-----BEGIN RSA PRIVATE KEY-----\\n"\n "DEK-Info: AES,0A\\n"\n "MIIE\\n-----END RSA PRIVATE KEY-----")',
            f'("{MARK} private key⟩")',
        ),
        ("password=/" + _A, f"password={MARK} password⟩"),
    ],
)
def test_only_the_value_of_an_assignment_is_hidden(text: str, hidden: str) -> None:
    assert hide(text) == hidden


_PICTURE = base64.b64encode(random.Random(7).randbytes(40_000)).decode()

HARMLESS = [
    "df = pd.read_csv('data.csv')\ndf.groupby('token').size()",
    "token = tokenizer.decode(ids[0], skip_special_tokens=True)",
    "tokenizer = AutoTokenizer.from_pretrained('bert-base-uncased-2024')",
    "pad_token = '[PAD]'",
    "max_tokens=4096, token_type='bearer'",
    "password = getpass.getpass()",
    "password = os.environ['DB_PASSWORD']",
    'password = "your_password1"',
    'api_key = "YOUR-API-KEY-1234567890"',
    "password='********'",
    'f"postgresql://{user}:{password}@{host}/db"',
    "postgresql://user:$PASSWORD@host/db",
    "secret = compute_secret(key2, value3)",
    "keys = {k: v for k, v in tokens.items()}",
    "commit 3d5481a0c9e7f4b2a1d8e6f5c4b3a2918f7e6d5c",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "id = '550e8400-e29b-41d4-a716-446655440000'",
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 ann@example.org",
    "sk-toggleable__label-arrow sk-estimator-doc-link sk-container-id-12345678901234567890",
    "the basic authentication mechanisms, a bearer of information",
    "http://localhost:8888/lab?path=a@b:c",
    "data:image/png;base64," + _PICTURE,
    'assert pem.startswith("-----BEGIN PRIVATE KEY-----")\nprint(pem)',
    'ok = pem.startswith("-----BEGIN PRIVATE KEY-----") and pem.endswith("-----END PRIVATE KEY-----")',
    "-----BEGIN PRIVATE KEY----- is how it begins\nand so on",
    "PWD=/home/user1/project",
    'pwd="../data/2023"',
    "passwd='/etc/passwd'",
    "pwd='s3://bucket1/x'",
    "api_key=settings.openai_key_v2",
    "2024-01-01 12:00:00 INFO ghp is no prefix, AKIA neither, eyJ.no",
]


@pytest.mark.parametrize("text", HARMLESS, ids=[text[:24] for text in HARMLESS])
def test_what_is_no_secret_stays(text: str) -> None:
    assert hide(text) == text


def test_a_long_text_is_read_quickly_enough_to_be_read_before_every_request() -> None:
    text = "\n".join(f"row {n}: token_{n} password api_key = value secret:" for n in range(20_000))
    assert hide(text) == text


UNITS = [
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\nAAAA\n",
    "-----BEGIN PRIVATE KEY----- \n \n!",
    "-----END PRIVATE KEY-----",
    "eyJ",
    "-eyJ",
    "eyJaaaaaaaa.",
    "sk-",
    "sk-a",
    "hf_",
    "github_pat_",
    "xoxb-",
    "password=",
    "pwd='",
    'token="a1',
    "pwd=aaaaaaaa(",
    "://a:",
    "bearer ",
    "\\n",
    " ",
]


def _seconds(text: str) -> float:
    """Of this process alone, at best."""
    took = []
    for _ in range(3):
        began = time.process_time()
        hide(text)
        took.append(time.process_time() - began)
    return min(took)


@pytest.mark.parametrize("unit", UNITS)
def test_no_text_takes_more_than_its_length_says(unit: str) -> None:
    short = unit * (20_000 // len(unit))
    assert _seconds(short * 8) < 24 * max(_seconds(short), 0.001)  # 64 times as long if it were the square


CODE = 'ok = pem.startswith("-----BEGIN PRIVATE KEY-----")\nprint(ok)'


@pytest.mark.parametrize(
    ("given", "hidden"),
    [
        ({"source": CODE, "after": [1, None]}, None),
        ({"source": "-----BEGIN PRIVATE KEY-----\nMIIEcut", "n": 1}, {"source": f"{MARK} private key⟩", "n": 1}),
        ([{"db_password": 's3cr3t"pw'}], [{"db_password": f'{MARK} password⟩"pw'}]),
        ({"a": {"api_key": ["q8w7e6r5t4y3u2i1"]}}, {"a": {"api_key": [f"{MARK} secret⟩"]}}),
        ({"sk-" + _A: "x"}, {f"{MARK} key⟩": "x"}),
    ],
)
def test_json_stays_json(given: object, hidden: object) -> None:
    text = json.dumps(given)
    assert json.loads(hide_in_json(text)) == (given if hidden is None else hidden)
    assert hide_inside(given) == (given if hidden is None else hidden)


@pytest.mark.parametrize("text", ["", "null", '"x"', "{", "[" * 100_000, "plain", '{"a": "\\ud800"}', '{"a": 1e999}'])
def test_what_is_no_json_that_can_be_told_again_is_a_text(text: str) -> None:
    assert hide_in_json(text) == text
    assert hide_in_json(f"sk-{_A} {text}") == f"{MARK} key⟩ {text}"


_SCRAPS = ["password=", "token: ", "'", '"', "Tr0ub4dor-3", "://u:", "@h", "\n", " ", "⟨", "⟩", "X9"]
_pieces = st.sampled_from([*(secret for secret, _ in SECRETS), *_SCRAPS, "-----BEGIN PRIVATE KEY-----"])


@given(st.lists(st.one_of(_pieces, st.text(max_size=5)), max_size=12))
def test_hiding_twice_changes_nothing_more_and_no_text_grows_without_bound(pieces: list[str]) -> None:
    text = "".join(pieces)
    once = hide(text)
    assert hide(once) == once
    assert len(once) <= 6 * len(text)
