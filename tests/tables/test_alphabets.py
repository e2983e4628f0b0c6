"""Encodings of one byte a letter, and Korean: what the letters of a text tell."""

import pytest

from shoal.tables import open_table

TEXTS = {
    "German": "München Köln Düsseldorf Straße schön Ärger Übung größer Gebäude Hütte",
    "French": "élève forêt hôtel français déjà où noël garçon château crème",
    "Spanish": "niño España corazón mañana árbol pingüino José María acción",
    "Polish": "Łódź Kraków Wrocław Gdańsk żółty więcej ściana ćma źródło książka",
    "Czech": "Plzeň Ústí Brno České Budějovice Jihlava řeka žlutý kůň příliš děti těžký",
    "Hungarian": "Győr őszi fűtő nő gyűrű körút árvíztűrő tükörfúrógép Pécs",
    "Russian": "Москва Санкт-Петербург Казань да нет высокий низкий мужской женский товар",
    "Greek": "Αθήνα Θεσσαλονίκη Πάτρα ναι όχι υψηλός χαμηλός άνδρας γυναίκα",
    "Turkish": "İstanbul Ağrı Muş Iğdır güzel çığ yağmur ışık şehir",
    "Korean": "서울 부산 대구 인천 광주 대전 울산 세종 남자 여자",
}
WRITTEN = {
    "cp1252": ("Windows-1252", ["German", "French", "Spanish"]),
    "cp1250": ("Windows-1250", ["Polish", "Czech", "Hungarian"]),
    "iso8859_2": ("ISO 8859-2", ["Polish", "Czech"]),
    "cp1251": ("Windows-1251", ["Russian"]),
    "koi8_r": ("KOI8-R", ["Russian"]),
    "cp1253": ("Windows-1253", ["Greek"]),
    "cp1254": ("Windows-1254", ["Turkish"]),
    "mac_roman": ("Mac Roman", ["German", "French", "Spanish"]),
    "euc_kr": ("EUC-KR", ["Korean"]),
}
CASES = [(codec, name, text) for codec, (name, texts) in WRITTEN.items() for text in texts]


def opened(folder, rows, codec, encoding=None):
    path = folder / "t.csv"
    path.write_bytes("".join(f"{one},{two}\n" for one, two in rows).encode(codec))
    return open_table(path, encoding=encoding)


@pytest.mark.parametrize("written", [str, str.upper, str.lower])
@pytest.mark.parametrize(("codec", "name", "language"), CASES)
def test_the_letters_tell_the_encoding(tmp_path, codec, name, language, written):
    text = TEXTS[language]
    if language == "German" or written is not str:  # ẞ, Σ and i are not one letter in both cases
        text = text.replace("ß", "ss").replace("ς", "σ").replace("İ", "I")
    words = [written(word) for word in text.split()]
    table = opened(tmp_path, [("name", "n"), *[(word, n) for n, word in enumerate(words)]], codec)
    assert table.frame["name"].to_list() == words
    assert [note.evidence for note in table.notes if note.kind == "encoding"] == [{"encoding": name}]


@pytest.mark.parametrize("cells", [["25°", "30°"], ["5 €", "7 €"], ["José", "Müller"], ["m²", "µm"]])
def test_few_signs_are_western(tmp_path, cells):
    table = opened(tmp_path, [("name", "n"), *[(cell, n) for n, cell in enumerate(cells)]], "cp1252")
    assert table.frame["name"].to_list() == cells


def test_what_somebody_says_wins(tmp_path):
    rows = [("name", "n"), *[(word, n) for n, word in enumerate(TEXTS["Russian"].split())]]
    table = opened(tmp_path, rows, "cp1251", encoding="latin-1")
    assert table.frame["name"][0] == "Москва".encode("cp1251").decode("latin-1")
