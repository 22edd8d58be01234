// The tree of a page, written out for markup of every kind that the HTML standard has a rule for: what is implied, what
// closes what, formats closed in the wrong order, text in tables, content that is no markup, character references. The
// expected trees are those of the standard. Then the limits, and what holds for every tree.

#include "services/extraction/page/html_tree.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dateline::extraction {
namespace {

std::string NameOf(const HtmlNode& node) {
  switch (node.tag) {
    case Tag::kText:
      return "\"" + std::string(node.text) + "\"";
    case Tag::kComment:
      return "<!>";
    case Tag::kDoctype:
      return "<!doctype>";
    default:
      return Number(node.tag) < kTagCount ? std::string(kTagNames[Number(node.tag) - kFirstElement]) : "other";
  }
}

// `p("text" b())`: the children of an element stand in brackets behind it.
std::string Outline(const HtmlTree& tree, std::size_t i) {
  const std::vector<HtmlNode>& nodes = tree.nodes();
  std::string out = i == 0 ? "" : NameOf(nodes[i]);
  std::string inner;
  for (std::size_t child = i + 1; child < nodes[i].end; child = nodes[child].end)
    inner += (inner.empty() ? "" : " ") + Outline(tree, child);
  if (i == 0) return inner;
  return inner.empty() ? out : out + "(" + inner + ")";
}

std::string Whole(std::string_view html) {
  return Outline(HtmlTree::Parse(html), 0);
}

// Of the body alone, which is what most markup makes.
std::string Body(std::string_view html) {
  const HtmlTree tree = HtmlTree::Parse(html);
  for (std::size_t i = 0; i < tree.nodes().size(); ++i) {
    if (tree.nodes()[i].tag != Tag::kBody) continue;
    const std::string whole = Outline(tree, i);
    return whole.size() > 6 ? whole.substr(5, whole.size() - 6) : "";
  }
  return "no body";
}

struct Case {
  std::string_view html;
  std::string_view tree;
};

TEST(HtmlTree, ImpliesWhatIsLeftOut) {
  for (const Case& c : std::vector<Case>{
           {"", "html(head body)"},
           {"words", "html(head body(\"words\"))"},
           {"<!DOCTYPE html><!-- x --><title>A &amp; B</title> <p>c",
            "<!doctype> <!> html(head(title(\"A & B\") \" \") body(p(\"c\")))"},
           {"<html><head></head> <body>x</body></html> ", "html(head \" \" body(\"x \"))"},
           {"<head><link><base></head><meta>x", "html(head(link base meta) body(\"x\"))"},
           {"<body>a</body>b<!--c--></html><!--d-->", "html(head body(\"ab\" <!>)) <!>"},
           {"<frameset><frame><frame></frameset>", "html(head frameset(frame frame))"},
           {"<head><noscript><link>x</noscript>", "html(head(noscript(link)) body(\"x\"))"},
       }) {
    EXPECT_EQ(Whole(c.html), c.tree) << c.html;
  }
}

TEST(HtmlTree, ClosesWhatTheNextElementEnds) {
  for (const Case& c : std::vector<Case>{
           {"<p>a<p>b<div>c</div>d", "p(\"a\") p(\"b\") div(\"c\") \"d\""},
           {"<ul><li>a<li>b<ul><li>c</ul><li>d</ul>", "ul(li(\"a\") li(\"b\" ul(li(\"c\"))) li(\"d\"))"},
           {"<dl><dt>a<dd>b<dt>c</dl>", "dl(dt(\"a\") dd(\"b\") dt(\"c\"))"},
           {"<h1>a<h2>b</h3>c", "h1(\"a\") h2(\"b\") \"c\""},
           {"<p><button><p>a</button>b", "p(button(p(\"a\")) \"b\")"},
           {"a</p>b", "\"a\" p \"b\""},
           {"a</br>b", "\"a\" br \"b\""},
           {"<div>a</section>b</div>", "div(\"ab\")"},
           {"<span>a</div>b", "span(\"ab\")"},
           {"<div><span>a</div>b", "div(span(\"a\")) \"b\""},
           {"<select><option>a<option>b<p>c</select>d", "select(option(\"a\") option(\"bc\")) \"d\""},
           {"<ruby>a<rt>b<rp>c</ruby>", "ruby(\"a\" rt(\"b\") rp(\"c\"))"},
           {"<form><form>a</form>b</form>", "form(\"a\") \"b\""},
           {"<my-box>a<my-card>b</my-box>c", "other(\"a\" other(\"b\")) \"c\""},
           {"<image><hr/><br/>x", "img hr br \"x\""},
       }) {
    EXPECT_EQ(Body(c.html), c.tree) << c.html;
  }
}

TEST(HtmlTree, TakesMisnestedFormatsApart) {
  for (const Case& c : std::vector<Case>{
           {"<b>a<i>b</b>c</i>d", "b(\"a\" i(\"b\")) i(\"c\") \"d\""},
           {"<b>a<p>b</b>c</p>", "b(\"a\") p(b(\"b\") \"c\")"},
           {"<p><b>a<p>b", "p(b(\"a\")) p(b(\"b\"))"},
           {"<a>b<a>c", "a(\"b\") a(\"c\")"},
           {"<a>b<div>c<a>d", "a(\"b\") div(a(\"c\") a(\"d\"))"},
           {"<b><i><u><p>a</b>b", "b(i(u)) i(u(p(b(\"a\") \"b\")))"},
           {"<p><i><i><i><i>a<p>b", "p(i(i(i(i(\"a\"))))) p(i(i(i(\"b\"))))"},
           {"<div><b></div>x", "div(b) b(\"x\")"},
       }) {
    EXPECT_EQ(Body(c.html), c.tree) << c.html;
  }
}

TEST(HtmlTree, BuildsTables) {
  for (const Case& c : std::vector<Case>{
           {"<table><tr><td>a<td>b<tr><th>c</table>d", "table(tbody(tr(td(\"a\") td(\"b\")) tr(th(\"c\")))) \"d\""},
           {"<table><caption>a<col><tbody><td>b</table>", "table(caption(\"a\") colgroup(col) tbody(tr(td(\"b\"))))"},
           {"<table>a<tr>b<td>c</td>d</table>", "\"abd\" table(tbody(tr(td(\"c\"))))"},
           {"<table> <tr> <td>c", "table(\" \" tbody(tr(\" \" td(\"c\"))))"},
           {"<table><p>a</p><tr><td><table><td>b", "p(\"a\") table(tbody(tr(td(table(tbody(tr(td(\"b\"))))))))"},
           {"<table><td><b>a<td>b</table>c", "table(tbody(tr(td(b(\"a\")) td(\"b\")))) \"c\""},
           {"<table><input type=Hidden><input></table>", "input table(input)"},
           {"<!DOCTYPE html><p>a<table></table>", "p(\"a\") table"},
           {"<p>a<table></table>", "p(\"a\" table)"},
           {"<table><select><option>a<tr><td>b", "select(option(\"a\")) table(tbody(tr(td(\"b\"))))"},
           {"<table><thead><td>a</thead><tfoot><td>b</table>", "table(thead(tr(td(\"a\"))) tfoot(tr(td(\"b\"))))"},
       }) {
    EXPECT_EQ(Body(c.html), c.tree) << c.html;
  }
}

TEST(HtmlTree, ReadsContentThatIsNoMarkup) {
  for (const Case& c : std::vector<Case>{
           {"<p><script>a<b></script>c", "p(script(\"a<b>\") \"c\")"},
           {"<p><script><!--<script></script>--></script>c", "p(script(\"<!--<script></script>-->\") \"c\")"},
           {"<p><script><!--</script>c", "p(script(\"<!--\") \"c\")"},
           {"<p><style></stylex></STYLE >c", "p(style(\"</stylex>\") \"c\")"},
           {"<textarea>\na<b>&lt;</textarea>c", "textarea(\"a<b><\") \"c\""},
           {"<pre>\n\na</pre>", "pre(\"\na\")"},
           {"<xmp><p></xmp><iframe><p></iframe>", "xmp(\"<p>\") iframe(\"<p>\")"},
           {"<plaintext>a</plaintext>", "plaintext(\"a</plaintext>\")"},
           {"x<noscript><p>a</noscript>", "\"x\" noscript(p(\"a\"))"},
           {"a<template><tr><td>b</template>c", "\"a\" template(tr(td(\"b\"))) \"c\""},
           {"<svg><title>a</title><path/><p>b", "svg(title(\"a\") other) p(\"b\")"},
           {"<svg><foreignObject><p>a</p></foreignObject></svg>b", "svg(foreignobject(p(\"a\"))) \"b\""},
           {"<svg><![CDATA[a<b]]></svg><![CDATA[c]]>", "svg(\"a<b\") <!>"},
           {"<math><mi>a</mi></math>b", "math(mi(\"a\")) \"b\""},
       }) {
    EXPECT_EQ(Body(c.html), c.tree) << c.html;
  }
}

TEST(HtmlTree, ReadsBrokenMarkup) {
  for (const Case& c : std::vector<Case>{
           {"a<1 b< c<", "\"a<1 b< c<\""},
           {"a</>b</ c>d<?e>f<!g>h", "\"ab\" <!> \"d\" <!> \"f\" <!> \"h\""},
           {"a<!-->b<!--->c<!--d--!>e<!--f", "\"a\" <!> \"b\" <!> \"c\" <!> \"e\" <!>"},
           {"a<p class=", "\"a\""},
           {"a<p class='x", "\"a\""},
           {"<p/class=x>a</p/>b", "p(\"a\") \"b\""},
           {"<DIV>a</Div >b", "div(\"a\") \"b\""},
           {"a<", "\"a<\""},
           {"a</", "\"a</\""},
       }) {
    EXPECT_EQ(Body(c.html), c.tree) << c.html;
  }
}

TEST(HtmlTree, ReplacesCharacterReferences) {
  for (const Case& c : std::vector<Case>{
           {"&eacute;&#233;&#xE9;&#XE9", "\"\u00E9\u00E9\u00E9\u00E9\""},
           {"&amp&copy2&notit;&notin;", "\"&\u00A92\u00ACit;\u2209\""},
           {"&nope; & &; &#; &#x; &a", "\"&nope; & &; &#; &#x; &a\""},
           {"&#128;&#0;&#xD800;&#x110000;&#99999999999;", "\"\u20AC\uFFFD\uFFFD\uFFFD\uFFFD\""},
           {"&nLt;&CounterClockwiseContourIntegral;", "\"\u226A\u20D2\u2233\""},
       }) {
    EXPECT_EQ(Body(c.html), c.tree) << c.html;
  }
}

TEST(HtmlTree, ReadsAttributes) {
  const HtmlTree tree = HtmlTree::Parse(
      "<body class=a><a HREF='?a=1&copy=2&amp;b' class=\"x y\" id= z data-none=1 class=second hidden rel>"
      "<body class=b id=c><p class='x y'>");
  const std::vector<HtmlNode>& nodes = tree.nodes();
  const HtmlNode* link = nullptr;
  const HtmlNode* body = nullptr;
  const HtmlNode* paragraph = nullptr;
  for (const HtmlNode& node : nodes) {
    if (node.tag == Tag::kA && link == nullptr) link = &node;
    if (node.tag == Tag::kBody) body = &node;
    if (node.tag == Tag::kP) paragraph = &node;
  }
  ASSERT_TRUE(link != nullptr && body != nullptr && paragraph != nullptr);
  EXPECT_EQ(tree.Attribute(*link, "href"), "?a=1&copy=2&b");
  EXPECT_EQ(tree.Attribute(*link, "class"), "x y");
  EXPECT_EQ(tree.Attribute(*link, "id"), "z");
  EXPECT_TRUE(HtmlTree::HasAttribute(*link, "hidden"));
  EXPECT_EQ(tree.Attribute(*link, "rel"), "");
  EXPECT_FALSE(HtmlTree::HasAttribute(*link, "src"));
  EXPECT_EQ(link->class_name, paragraph->class_name);
  EXPECT_EQ(tree.names()[link->class_name], "x y");
  // A second <body> adds what the first has not.
  EXPECT_EQ(tree.Attribute(*body, "class"), "a");
  EXPECT_EQ(tree.Attribute(*body, "id"), "c");
}

void ExpectConsistent(const HtmlTree& tree) {
  const std::vector<HtmlNode>& nodes = tree.nodes();
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    ASSERT_LT(nodes[i].parent, i);
    ASSERT_GT(nodes[i].end, i);
    ASSERT_LE(nodes[i].end, nodes[nodes[i].parent].end);
    ASSERT_EQ(nodes[i].depth, nodes[nodes[i].parent].depth + 1);
    ASSERT_LE(nodes[i].depth, kMaxDepth + 3);
  }
}

TEST(HtmlTree, StaysBoundedByHostileMarkup) {
  for (const char* piece : {"<div>",
                            "<b>",
                            "<a href=x>",
                            "<table><tr><td>",
                            "<p><font size=1>",
                            "<svg><g>",
                            "</p>",
                            "<!--",
                            "<select><option>",
                            "&lt;",
                            "<x y=z>",
                            "<b><p>",
                            "<table>x",
                            "a</x>",
                            "</>",
                            "<template>",
                            "<script><!--",
                            "<i></p></i>",
                            "<a><div></a>",
                            "<nobr>",
                            "<button><p>",
                            "<math><mi>"}) {
    std::string html;
    while (html.size() < (std::size_t{1} << 20)) html += piece;
    html += "end";
    const HtmlTree tree = HtmlTree::Parse(html);
    EXPECT_LE(tree.nodes().size(), kMaxNodes + 2 * kMaxDepth) << piece;
    ExpectConsistent(tree);
  }
}

TEST(HtmlTree, LeavesOutWhatIsTooDeep) {
  std::string html;
  for (std::size_t i = 0; i < kMaxDepth + 50; ++i) html += "<div>";
  html += "words";
  const HtmlTree tree = HtmlTree::Parse(html);
  EXPECT_TRUE(tree.truncated());
  EXPECT_EQ(tree.nodes().back().text, "words");
  EXPECT_LE(tree.nodes().back().depth, kMaxDepth + 2);
  EXPECT_FALSE(HtmlTree::Parse("<p>words").truncated());
}

TEST(HtmlTree, NumbersSubtreesWhereNodesAreMoved) {
  ExpectConsistent(HtmlTree::Parse("<table>a<b>b<td><p><i>c<div></i>d</table><a>e<div>f<a>g</div>h<head><p>"));
}

}  // namespace
}  // namespace dateline::extraction
