"""The contract at /docs in a real browser: Swagger UI, which sends requests and plays the answers."""

SHOWN = ".opblock"
PLAY = """async (audio) => {
  const ended = new Promise((end) => audio.addEventListener("ended", end));
  await audio.play();
  await ended;
  return audio.currentTime;
}"""  # s


def opened(visitor, operation):
    """The block of a request, unfolded."""
    block = visitor.page.locator(f"#operations-{operation}")
    block.locator(".opblock-summary-control").click()
    return block


def test_every_request_of_the_contract_is_shown(visit, client):
    visitor = visit("docs", SHOWN)
    contract = client.get("/openapi.json").json()
    requests = {(method.upper(), path) for path, item in contract["paths"].items() for method in item}
    methods = visitor.page.locator(".opblock-summary-method").all_inner_texts()
    paths = visitor.page.locator(".opblock-summary-path").all_inner_texts()
    assert set(zip(methods, [path.replace("\u200b", "") for path in paths], strict=True)) == requests
    opened(visitor, "sound-sample").get_by_text("temperature", exact=True).wait_for()


def test_a_file_is_sent_and_the_answer_is_played(visit, recording):
    visitor = visit("docs", SHOWN)
    block = opened(visitor, "sound-reconstruct")
    file = {"name": "mine.wav", "mimeType": "audio/wav", "buffer": recording}
    block.locator("input[type=file]").set_input_files(file)
    block.get_by_role("button", name="Execute").click()
    player = block.locator("audio")
    player.wait_for()
    assert abs(player.evaluate(PLAY) - 0.4) < 0.05


def test_the_player_follows_the_answer(visit):
    visitor = visit("docs", SHOWN)
    block = opened(visitor, "sound-sample")
    sources = []
    for _ in range(2):
        block.get_by_role("button", name="Execute").click()
        block.locator("audio").wait_for()
        visitor.page.wait_for_function(
            "(old) => document.querySelector('audio')?.src != old", arg=sources[-1:] and sources[-1]
        )
        sources.append(block.locator("audio").get_attribute("src"))
    assert sources[0] != sources[1]


def test_a_spectrogram_is_shown(visit):
    visitor = visit("docs", SHOWN)
    block = opened(visitor, "sound-sample")
    block.locator(".responses-wrapper select.content-type").first.select_option("image/png")
    block.get_by_role("button", name="Execute").click()
    image = block.locator(".response-col_description img")
    image.wait_for()
    assert image.evaluate("(shown) => shown.decode().then(() => shown.naturalWidth)") > 100
