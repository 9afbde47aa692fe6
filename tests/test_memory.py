from pincel import memory


def test_a_container_s_limit_counts(tmp_path):
    (tmp_path / "meminfo").write_text("MemTotal: 16000000 kB\nMemAvailable:    8000000 kB\n")
    assert memory.available_bytes(tmp_path / "meminfo", tmp_path) == 8_000_000 * 1024
    (tmp_path / "memory.max").write_text("3000000000\n")
    (tmp_path / "memory.current").write_text("1500000000\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 500000000\n")
    assert memory.available_bytes(tmp_path / "meminfo", tmp_path) == 2_000_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.available_bytes(tmp_path / "meminfo", tmp_path) == 8_000_000 * 1024


def test_half_of_what_is_free_may_be_taken_and_at_least_a_gigabyte(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 6 * 10**9)
    assert memory.default_limit() == 3 * 10**9
    monkeypatch.setattr(memory, "available_bytes", lambda: 10**8)
    assert memory.default_limit() == 10**9


def test_a_system_that_does_not_tell_has_some_all_the_same(tmp_path):
    assert memory.available_bytes(tmp_path / "no", tmp_path) > 10**8
