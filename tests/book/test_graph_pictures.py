"""Pictures of the graph: nothing covers anything else, every number is there, and no text is markup."""

import json
import re
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from shoal.base.errors import UsageError
from shoal.base.look import DARK, LIGHT
from shoal.base.texts import use_language
from shoal.book import Network
from shoal.book.graph import Graph, logistic_graph, network_graph, parse
from shoal.book.graph._layout import Edge, arrange
from shoal.book.graph._picture import width

SVG = "{http://www.w3.org/2000/svg}"


def of_formula(formula, **values):
    graph = parse(formula, **values)
    graph.backward()
    return graph


def of_network(n, activation, output, m, **options):
    network, random = Network(n, (activation,) * (len(n) - 2), output), np.random.default_rng(0)
    Y = np.full((n[-1], m), 1 / n[-1])
    return network_graph(network, random.normal(size=network.p), random.normal(size=(n[0], m)), Y, **options)


def tangled(seed):
    """Twenty operations on nodes at random: many long edges and crossings."""
    random, graph = np.random.default_rng(seed), Graph()
    nodes = [graph.variable(f"x{i}", float(random.normal())) for i in range(5)]
    for _ in range(20):
        one, other = (nodes[i] for i in random.integers(len(nodes), size=2))
        nodes.append(one * other if random.random() < 0.5 else one - other)
    J = nodes[0]
    for node in nodes[1:]:
        J = J + node
    graph.backward(J)
    return graph


PICTURES = {
    "lecture": lambda: of_formula("J = 3*(a + b*c)", a=5, b=3, c=2),
    "quiz": lambda: of_formula("u = a*b; v = a*c; w = b + c; J = u + v - w", a=5, b=3, c=2),
    "one variable": lambda: of_formula("J = b*b*b - 2*b", b=-1.5),
    "logistic": lambda: logistic_graph([0.5, -1, 2], [2, 3, -1], 0.25, 1),
    "network": lambda: of_network((3, 4, 1), "tanh", "sigmoid", 5),
    "30-64-1": lambda: of_network((30, 64, 1), "relu", "sigmoid", 20),
    "everything": lambda: of_network(
        (3, 4, 5, 3), "gelu", "softmax", 6, l1=0.1, l2=0.2, q=np.full((1, 6), 1 / 6),
        D=[None, np.ones((4, 6)), np.ones((5, 6)), None],
    ),
    "values only": lambda: parse("J = 3*(a + b*c)", a=5, b=3, c=2),
    "long formula": lambda: of_formula("J = " + " + ".join(f"a{i} * b" for i in range(12)), b=2,
                                       **{f"a{i}": i for i in range(12)}),
    "tangled 0": lambda: tangled(0),
    "tangled 1": lambda: tangled(1),
}  # fmt: skip


@pytest.fixture(params=PICTURES)
def graph(request):
    return PICTURES[request.param]()


class Drawing:
    """What an SVG shows, in its own coordinates."""

    def __init__(self, svg):
        self.root = ElementTree.fromstring(svg)
        [group] = self.root.findall(f"{SVG}g")
        dx, dy = map(float, re.findall(r"[-\d.]+", group.get("transform")))
        self.texts = [(text.text, self._area(text, dx, dy)) for text in group.iter(f"{SVG}text")]
        self.texts += [(text.text, self._area(text, 0, 0)) for text in self.root.findall(f"{SVG}text")]
        rects = [rect for rect in group.iter(f"{SVG}rect") if rect.get("stroke")]
        self.boxes = [self._rectangle(rect, dx, dy) for rect in rects]
        lines = [path.get("d") for path in group.iter(f"{SVG}path") if path.get("fill") == "none"]
        self.edges = [np.add(points(line), (dx, dy)) for line in lines]

    def _area(self, text, dx, dy):
        x, y, size = (float(text.get(name)) for name in ("x", "y", "font-size"))
        wide = width(text.text, size)
        left = {"middle": x - wide / 2, "start": x}[text.get("text-anchor")]
        return left + dx, y - 0.75 * size + dy, left + wide + dx, y + 0.2 * size + dy

    def _rectangle(self, rect, dx, dy):
        x, y, wide, high = (float(rect.get(name)) for name in ("x", "y", "width", "height"))
        return x + dx, y + dy, x + wide + dx, y + high + dy


def points(path):
    """Points along a path of M, H and C, some pixels apart: an array of (x, y)."""
    found, x, y = [], 0.0, 0.0
    for kind, numbers in re.findall(r"([MHC])([-\d. ]+)", path):
        given = [float(number) for number in numbers.split()]
        if kind == "M":
            x, y = given
        elif kind == "H":
            along = np.linspace(x, given[0], 60)
            found.append(np.column_stack([along, np.full(60, y)]))
            x = given[0]
        else:
            t = np.linspace(0, 1, 60)[:, None]
            ends = np.array([(x, y), *zip(given[::2], given[1::2], strict=True)])
            found.append(np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3]) @ ends)
            x, y = given[-2:]
    return np.vstack(found)


def overlap(one, other, slack=0.5):
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > slack
        and min(one[3], other[3]) - max(one[1], other[1]) > slack
    )


def enters(edge, box, slack=1.5):
    x, y = edge.T
    across = (box[0] + slack < x) & (x < box[2] - slack)
    return bool((across & (box[1] + slack < y) & (y < box[3] - slack)).any())


# --------------------------------------------------------------------------- nothing covers anything


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_text_covers_another_and_no_box_another(graph, language):
    use_language(language)
    drawing = Drawing(graph.to_svg())
    assert drawing.texts
    for (one, here), (other, there) in combinations(drawing.texts, 2):
        assert not overlap(here, there), f"{one!r} and {other!r}"
    for one, other in combinations(drawing.boxes, 2):
        assert not overlap(one, other)


def test_a_text_is_inside_its_box_or_outside_of_all(graph):
    drawing = Drawing(graph.to_svg())
    for written, area in drawing.texts:
        for box in drawing.boxes:
            contained = box[0] <= area[0] and area[2] <= box[2] and box[1] <= area[1] and area[3] <= box[3]
            assert contained or not overlap(area, box), written


def test_no_edge_crosses_a_node_or_what_is_written_at_it(graph):
    drawing = Drawing(graph.to_svg())
    labels = {label for edge in graph.to_dict()["edges"] if (label := edge["label"])}
    written = [area for text, area in drawing.texts if text.replace("\u2212", "-") not in labels]
    assert drawing.edges
    for edge in drawing.edges:
        for area in (*drawing.boxes, *written):
            assert not enters(edge, area)


def test_the_picture_is_large_enough_for_all_that_it_shows(graph):
    drawing = Drawing(graph.to_svg())
    wide, high = float(drawing.root.get("width")), float(drawing.root.get("height"))
    assert drawing.root.get("viewBox") == f"0 0 {drawing.root.get('width')} {drawing.root.get('height')}"
    for left, top, right, bottom in [*drawing.boxes, *(area for _, area in drawing.texts)]:
        assert left >= 0
        assert top >= 0
        assert right <= wide
        assert bottom <= high


def test_no_letter_is_smaller_than_twelve_pixels(graph):
    sizes = re.findall(r'font-size="([\d.]+)"', graph.to_svg())
    assert sizes
    assert min(map(float, sizes)) >= 12


def test_the_widths_of_texts_are_those_of_a_wide_font_at_least(graph):
    """DejaVu Sans, bold for what is bold: it is wider than the fonts that pages use."""
    measure = TextToPath()
    for text in ElementTree.fromstring(graph.to_svg()).iter(f"{SVG}text"):
        bold = "bold" if text.get("font-weight") else "normal"
        font = FontProperties(family="DejaVu Sans", size=float(text.get("font-size")), weight=bold)
        real, *_ = measure.get_text_width_height_descent(text.text, font, ismath=False)
        assert real <= width(text.text, float(text.get("font-size"))) + 2, text.text


# --------------------------------------------------------------------------- what is there


def test_the_lecture_shows_value_derivative_and_local_derivative():
    texts = [text for text, _ in Drawing(PICTURES["lecture"]().to_svg()).texts]
    for expected in (
        "6",
        "11",
        "33",
        "u = b * c",
        "dJ/db = 6",
        "dJ/dc = 9",
        "dv/du = 1",
        "dJ/dv = 3",
        "du/db = 2",
    ):
        assert expected in texts
    assert len([text for text in texts if text.startswith("dJ/d")]) == 7


def test_a_long_formula_stands_under_its_name():
    texts = [text for text, _ in Drawing(PICTURES["network"]().to_svg()).texts]
    assert texts[texts.index("Z[1] =") + 1] == "W[1] @ X + b[1]"


def test_a_node_reached_twice_shows_both_contributions_and_their_sum():
    texts = [text for text, _ in Drawing(PICTURES["quiz"]().to_svg()).texts]
    assert "dJ/db = 5 + (\u22121) = 4" in texts
    network = [text for text, _ in Drawing(PICTURES["everything"]().to_svg()).texts]
    assert any(text.startswith("from Z[1]: ") for text in network)
    assert any(text.startswith("from W_sq[1]: ") for text in network)


def test_before_the_way_back_there_are_values_alone():
    drawing = Drawing(parse("J = 3*(a + b*c)", a=5, b=3, c=2).to_svg())
    assert not [text for text, _ in drawing.texts if "dJ" in text]
    assert drawing.texts[-1][0] == "Above each node is its value."


SENTENCES = {"en": "On each edge is the local derivative.", "zh": "边上是局部导数。"}


@pytest.mark.parametrize("language", SENTENCES)
def test_the_sentence_stands_under_the_picture(language):
    use_language(language)
    graph = PICTURES["lecture"]()
    drawing = Drawing(graph.to_svg())
    below = [text for text, area in drawing.texts if area[1] > max(box[3] for box in drawing.boxes) + 30]
    assert " ".join(below).endswith(SENTENCES[language])
    step = Drawing(graph.to_svg(step=5))
    under = [text for text, area in step.texts if area[1] > max(box[3] for box in step.boxes) + 30]
    assert under[0] == "dJ/db = dJ/du · du/db = 3 · 2 = 6"
    assert "".join(under[1:]).replace(" ", "") == graph_words(graph, 5).replace(" ", "")


def graph_words(graph, number):
    return graph.to_dict()["steps"][number - 1]["words"]


@pytest.mark.parametrize("dark", [False, True])
def test_the_step_that_is_taken_is_the_only_thing_in_the_accent(dark):
    graph, colours = PICTURES["lecture"](), DARK if dark else LIGHT
    accent, root = colours["positive"], ElementTree.fromstring(graph.to_svg(dark=dark, step=4))
    coloured = [element for element in root.iter() if accent in (element.get("fill"), element.get("stroke"))]
    assert {element.text for element in coloured if element.text} == {"dJ/du = 3", "dv/du = 1"}
    assert len(coloured) == 5  # also the box of u, its edge to v, and the head of that edge
    texts = {element.text for element in root.iter(f"{SVG}text")}
    assert {"dJ/dv = 3", "dJ/da = 3"} <= texts  # known before
    assert not {"dJ/db = 6", "du/db = 2"} & texts  # to come


def test_every_step_has_its_nodes_in_the_same_places():
    graph = PICTURES["quiz"]()
    boxes = [Drawing(graph.to_svg(step=step)).boxes for step in range(1, 9)]
    for other in boxes[1:]:
        assert other == boxes[0]


@pytest.mark.parametrize(("dark", "colours", "others"), [(False, LIGHT, DARK), (True, DARK, LIGHT)])
def test_light_and_dark_have_the_colours_of_the_house(dark, colours, others):
    svg = PICTURES["lecture"]().to_svg(dark=dark)
    found = set(re.findall("#[0-9a-f]{6}", svg))
    assert {colours[name] for name in ("paper", "ink", "positive", "soft")} <= found
    assert found <= set(colours.values())
    assert others["paper"] not in found
    assert "<style" not in svg


def test_auto_leaves_the_choice_to_the_screen_and_disturbs_no_page():
    svg = PICTURES["lecture"]().to_svg(dark="auto")
    [style] = re.findall("<style>(.*?)</style>", svg)
    selectors = re.findall(r"([^{};]+){--", style)
    assert LIGHT["ink"] in style.split("@media")[0]
    assert DARK["ink"] in style.split("@media (prefers-color-scheme:dark)")[1]
    assert selectors == [".shoal-graph", ".shoal-graph"]
    used, defined = set(re.findall(r"var\((--[\w-]+)\)", svg)), set(re.findall(r"(--[\w-]+):", style))
    assert used == defined
    assert ' id="' not in svg
    assert svg in PICTURES["lecture"]()._repr_html_()


def test_names_are_never_markup():
    """What breaks out of SVG is not in the grammar; a name in another script is, and is shown as it is."""
    graph = of_formula("J = 学习率 * ŵ", 学习率=2, ŵ=3)
    assert "dJ/d学习率 = 3" in [text for text, _ in Drawing(graph.to_svg()).texts]
    steep = of_formula("J = sum(relu(x))", x=[1.0, -1.0])
    assert "(x &gt; 0)" in steep.to_svg()
    assert "(x > 0)" in [text.removeprefix("· ") for text, _ in Drawing(steep.to_svg()).texts]


def test_a_broadcast_is_written_on_its_edge():
    for language, expected in (("en", "sum over axis 1"), ("zh", "沿第 1 轴求和")):
        use_language(language)
        labels = {
            (edge["from"], edge["to"]): edge["label"] for edge in PICTURES["network"]().to_dict()["edges"]
        }
        assert labels["b[1]", "Z[1]"] == expected
        assert labels["W[1]", "Z[1]"] == "… @ X.T"
        assert labels["A[1]", "Z[2]"] == "W[2].T @ …"
        assert labels["Z[1]", "A[1]"] == "· (1 - A[1]**2)"
        assert labels["X", "Z[1]"] is None


def test_what_is_too_large_to_draw_is_said():
    graph = parse("J = " + " + ".join(["a"] * 200), a=1)
    for language, expected in (("en", "200 nodes is too large to draw"), ("zh", "有 200 个节点")):
        use_language(language)
        for draw in (graph.to_svg, graph.to_mermaid, graph.to_dict):
            with pytest.raises(UsageError, match=expected):
                draw()
    assert graph._repr_html_().startswith("<pre")


# --------------------------------------------------------------------------- the layout by itself


def layered(seed):
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 30))
    sizes = [(float(random.uniform(20, 150)), float(random.uniform(20, 90))) for _ in range(count)]
    edges = [
        Edge(int(start), end, float(random.uniform(0, 80)), 18.0)
        for end in range(1, count)
        for start in random.integers(end, size=random.integers(0, 4))
    ]
    return sizes, edges


@pytest.mark.parametrize("seed", range(30))
def test_items_of_a_layout_never_overlap_and_edges_go_to_the_right(seed):
    sizes, edges = layered(seed)
    layout = arrange(sizes, edges)
    items = [*layout.nodes, *(item for passed in layout.edges for item in passed)]
    areas = [(i.x - i.width / 2, i.y - i.height / 2, i.x + i.width / 2, i.y + i.height / 2) for i in items]
    for one, other in combinations(areas, 2):
        assert not overlap(one, other, slack=1e-6)
    assert [(item.width, item.height) for item in layout.nodes] == sizes
    for edge, passed in zip(edges, layout.edges, strict=True):
        way = [layout.nodes[edge.start], *passed, layout.nodes[edge.end]]
        assert [item.column for item in way] == list(range(way[0].column, way[-1].column + 1))
        assert (passed[-1].width, passed[-1].height) == (edge.width, edge.height)
    assert min(area[0] for area in areas) >= 0
    assert min(area[1] for area in areas) == pytest.approx(0, abs=1e-9)
    assert max(area[2] for area in areas) == pytest.approx(layout.width)
    assert max(area[3] for area in areas) == pytest.approx(layout.height)


def test_edges_that_need_not_cross_do_not():
    """Two chains whose first nodes stand the wrong way round."""
    edges = [Edge(0, 3, 10.0, 18.0), Edge(1, 2, 10.0, 18.0), Edge(2, 4, 10.0, 18.0), Edge(3, 5, 10.0, 18.0)]
    layout = arrange([(40.0, 30.0)] * 6, edges)
    y = [item.y for item in layout.nodes]
    assert (y[0] < y[1]) == (y[3] < y[2]) == (y[5] < y[4])


def test_a_chain_is_a_straight_line():
    layout = arrange(
        [(40.0, 30.0), (90.0, 60.0), (40.0, 30.0)], [Edge(0, 1, 10.0, 18.0), Edge(1, 2, 10.0, 18.0)]
    )
    assert len({round(item.y, 6) for item in (*layout.nodes, *sum(layout.edges, ()))}) == 1


# --------------------------------------------------------------------------- Mermaid, JSON, text


def test_mermaid_has_a_line_for_each_node_and_each_edge():
    lines = PICTURES["lecture"]().to_mermaid().splitlines()
    assert lines[0] == "flowchart LR"
    assert lines[1] == '    n0(["5<br/>a<br/>dJ/da = 3"])'
    assert '    n3["6<br/>u = b #42; c<br/>dJ/du = 3"]' in lines
    assert '    n3 -->|"dv/du = 1"| n4' in lines
    assert len(lines) == 1 + 6 + 5


def test_mermaid_reads_no_sign_of_a_name_or_formula_as_its_own(graph):
    for line in graph.to_mermaid().splitlines()[1:]:
        for quoted in re.findall('"(.*?)"', line):
            assert re.fullmatch(r"(?:[\w .,=+\-/()\[\]]|<br/>|#\d+;|[^\x00-\x7f])*", quoted)


def test_the_document_is_json_and_says_all():
    document = PICTURES["quiz"]().to_dict()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    nodes = {node["name"]: node for node in document["nodes"]}
    assert document["output"] == "J"
    assert nodes["b"]["value"] == {"numbers": 3.0, "text": "3"}
    assert nodes["b"]["derivative"] == {"numbers": 4.0, "text": "4"}
    assert [(each["from"], each["value"]["numbers"]) for each in nodes["b"]["contributions"]] == [
        ("u", 5),
        ("w", -1),
    ]
    edges = {(edge["from"], edge["to"]): edge for edge in document["edges"]}
    assert edges["b", "u"]["local"]["numbers"] == 5
    assert edges["b", "u"]["letters"] == "a"
    assert edges["b", "u"]["derivative"] == "du/db"
    assert nodes["a"]["layer"] < nodes["u"]["layer"] < nodes["J"]["layer"]
    assert [step["name"] for step in document["steps"]] == ["J", "p", "w", "u", "v", "b", "a", "c"]
    assert document["steps"][0]["number"] == 1


def test_the_document_speaks_the_language_in_force():
    use_language("zh")
    assert "反向传播从 J 开始" in PICTURES["quiz"]().to_dict()["steps"][0]["words"]


def test_a_document_before_the_way_back_has_no_derivatives():
    document = parse("J = 3*(a + b*c)", a=5, b=3, c=2).to_dict()
    assert document["output"] is None
    assert document["steps"] == []
    assert {node["derivative"] for node in document["nodes"]} == {None}
    assert {edge["local"] for edge in document["edges"]} == {None}


def test_large_arrays_are_left_out_of_the_document():
    document = of_network((30, 64, 1), "relu", "sigmoid", 200).to_dict()
    nodes = {node["name"]: node for node in document["nodes"]}
    assert nodes["A[1]"]["value"]["numbers"] is None
    assert nodes["A[1]"]["shape"] == [64, 200]
    assert np.shape(nodes["b[1]"]["value"]["numbers"]) == (64, 1)
    assert len(json.dumps(document)) < 200_000


TABLES = {
    "en": ["node  formula  value  derivative of J", "u     b * c    6      3"],
    "zh": ["节点  公式   值  J 对它的导数", "u     b * c  6   3"],
}


@pytest.mark.parametrize("language", TABLES)
def test_the_text_is_a_table_and_the_chain_rule_of_each_variable(language):
    use_language(language)
    shown = str(PICTURES["lecture"]()).splitlines()
    assert shown[0] == TABLES[language][0]
    assert shown[4] == TABLES[language][1]
    assert "dJ/db = dJ/dv · dv/du · du/db = 3 · 1 · 2 = 6" in shown
    chains = [line for line in shown if line.startswith("dJ/d")]
    assert len(chains) == 3


def test_columns_that_would_be_empty_are_left_out():
    assert str(parse("J = a*2", a=1)).splitlines()[0] == "node  formula  value"
    head = str(PICTURES["network"]()).splitlines()[0]
    assert head.split() == ["node", "formula", "value", "shape", "derivative", "of", "J"]
    assert "X     constant" in str(PICTURES["network"]())


def test_of_many_variables_none_is_explained_unasked():
    many = " + ".join(f"a{i}" for i in range(13))
    graph = of_formula(f"J = {many}", **{f"a{i}": i for i in range(13)})
    assert str(graph).splitlines()[-1] == "explain(name) explains one of the 13 variables."


def test_a_notebook_shows_text_as_text():
    explained = of_formula("J = sum(relu(x))", x=[1.0, -1.0]).explain("x")
    assert "(x &gt; 0)" in explained._repr_html_()
    [first, *_] = parse("J = a*2", a=1).steps()
    assert first._repr_html_().startswith("<pre")
    assert first.to_dict()["count"] == 2
