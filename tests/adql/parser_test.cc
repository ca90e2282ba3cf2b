// SPDX-License-Identifier: Apache-2.0
// What trees the parser makes; no catalogue is needed, so names are free.
#include "adql/parser.h"

#include <array>

#include <cppunit/extensions/HelperMacros.h>

#include "dump.h"

namespace {

struct Row {
    std::string_view query;
    std::string_view tree;
};

std::string parse(std::string_view query) {
    const auto tokens = vo::adql::read_tokens(query, 1000);
    vo::adql::Tree tree;
    vo::adql::Parser(tokens.list, tree, 50).run();
    return vo::test::dump(*tree.root);
}

template <std::size_t N>
void check(const std::array<Row, N>& rows) {
    for (const auto& row : rows)
        CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(row.query), std::string(row.tree),
                                     parse(row.query));
}

class ParserTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ParserTest);
    CPPUNIT_TEST(precedence);
    CPPUNIT_TEST(clauses);
    CPPUNIT_TEST(joins);
    CPPUNIT_TEST(sets);
    CPPUNIT_TEST(depth_is_bounded_exactly);
    CPPUNIT_TEST_SUITE_END();

    void precedence() {
        check(std::to_array<Row>({
            {"SELECT 1+2*3-4 FROM t", "(select (1 + (2 * 3) - 4) from t)"},
            {"SELECT -a*b FROM t", "(select ((- a) * b) from t)"},
            {"SELECT (a+b)*c FROM t", "(select ((a + b) * c) from t)"},
            {"SELECT a||b||'c' FROM t", "(select (a | b | 'c') from t)"},
            {"SELECT 1 FROM t WHERE a=1 OR b=2 AND NOT c!=3",
             "(select 1 from t where (or (= a 1) (and (= b 2) (not (!= c 3)))))"},
            {"SELECT 1 FROM t WHERE (a=1 OR b<>2) AND c<=3",
             "(select 1 from t where (and (or (= a 1) (!= b 2)) (<= c 3)))"},
            {"SELECT 1 FROM t WHERE (a)+1 > (b)", "(select 1 from t where (> (a + 1) b))"},
            {"SELECT 1 FROM t WHERE a BETWEEN 1 AND 2 AND b NOT IN (1, 2)",
             "(select 1 from t where (and (between a 1 2) (not-in b 1 2)))"},
            {"SELECT 1 FROM t WHERE a NOT LIKE 'x' AND b IS NOT NULL AND EXISTS (SELECT 1 FROM u)",
             "(select 1 from t where (and (not-like a 'x') (not-null b) "
             "(exists (select 1 from u))))"},
        }));
    }

    void clauses() {
        check(std::to_array<Row>({
            {"select distinct top 3 a as x, t.*, * from s.t as t",
             "(select distinct top:3 a:x t.* * from s.t:t)"},
            {"SELECT COUNT(*), SUM(DISTINCT a) FROM t GROUP BY b, FLOOR(c) HAVING COUNT(*)>1",
             "(select (count *) (sum distinct a) from t (group b (floor c)) having (> (count *) "
             "1))"},
            {"SELECT a FROM t ORDER BY 1 DESC, b ASC OFFSET 5 ",
             "(select a from t) order:1-desc order:b offset:5"},
            {"SELECT CIRCLE('ICRS', 1, 2, 3), POINT(NULL, 1, 2) FROM t",
             "(select (circle frame:'ICRS' (point frame:'ICRS' 1 2) 3) (point frame:NULL 1 2) from t)"},
            {"SELECT CAST(a AS DOUBLE PRECISION) FROM t -- why not", "(select (cast a) from t)"},
        }));
    }

    void joins() {
        check(std::to_array<Row>({
            {"SELECT 1 FROM a, b JOIN c ON x=y", "(select 1 from a (join b c (= x y)))"},
            {"SELECT 1 FROM a LEFT JOIN b USING (x, y) NATURAL FULL OUTER JOIN c",
             "(select 1 from (natural-full (left a b using:x using:y) c))"},
            {"SELECT 1 FROM a JOIN b JOIN c ON 1=1 ON 2=2",
             "(select 1 from (join a (join b c (= 1 1)) (= 2 2)))"},
            {"SELECT 1 FROM (a JOIN (b RIGHT JOIN c ON 1=1) ON 2=2)",
             "(select 1 from (join a (right b c (= 1 1)) (= 2 2)))"},
            {"SELECT 1 FROM ((SELECT 2 FROM b) AS q JOIN c ON 1=1)",
             "(select 1 from (join (select 2 from b):q c (= 1 1)))"},
        }));
    }

    void sets() {
        check(std::to_array<Row>({
            {"SELECT 1 FROM a UNION SELECT 2 FROM b INTERSECT SELECT 3 FROM c EXCEPT ALL SELECT 4 "
             "FROM d",
             "(set (select 1 from a) union (set (select 2 from b) intersect (select 3 from c)) "
             "except-all (select 4 from d))"},
            {"(SELECT 1 FROM a ORDER BY 1) UNION SELECT 2 FROM b OFFSET 1",
             "(set (set (select 1 from a) order:1) union (select 2 from b)) offset:1"},
            {"((SELECT 1 FROM a))", "(select 1 from a)"},
        }));
    }

    void depth_is_bounded_exactly() {
        const auto nested = [](std::size_t n) {
            return "SELECT " + std::string(n, '(') + '1' + std::string(n, ')') + " FROM t";
        };
        CPPUNIT_ASSERT_EQUAL(std::string("(select 1 from t)"), parse(nested(49)));
        CPPUNIT_ASSERT_THROW(parse(nested(50)), vo::Error);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ParserTest);

}  // namespace
