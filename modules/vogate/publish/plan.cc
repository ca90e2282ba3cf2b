// SPDX-License-Identifier: Apache-2.0
// Types, positions and shapes of a site's table.
#include "plan.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "table/unit.h"

namespace vo::vogate::publish {

namespace {

using table::Type;

// What PostgreSQL's types are published as. Those that are wider than ours are cast where they
// leave the database.
struct TypeRow {
    std::string_view pg_type;
    Type type;
    std::string_view arraysize;
    std::string_view xtype;
    std::string_view storage;
};

constexpr std::array kTypes{
    TypeRow{"bool", Type::Bool, "", "", ""},
    TypeRow{"int2", Type::Short, "", "", ""},
    TypeRow{"int4", Type::Int, "", "", ""},
    TypeRow{"int8", Type::Long, "", "", ""},
    TypeRow{"float4", Type::Float, "", "", ""},
    TypeRow{"float8", Type::Double, "", "", ""},
    TypeRow{"numeric", Type::Double, "", "", ""},
    TypeRow{"text", Type::Text, "*", "", ""},
    TypeRow{"varchar", Type::Text, "*", "", ""},
    TypeRow{"bpchar", Type::Text, "*", "", ""},
    TypeRow{"name", Type::Text, "*", "", ""},
    TypeRow{"timestamp", Type::Timestamp, "*", "timestamp", ""},
    TypeRow{"timestamptz", Type::Timestamp, "*", "timestamp", ""},
    TypeRow{"date", Type::Timestamp, "*", "timestamp", ""},
    TypeRow{"_bool", Type::BoolArray, "*", "", ""},
    TypeRow{"_int2", Type::ShortArray, "*", "", ""},
    TypeRow{"_int4", Type::IntArray, "*", "", ""},
    TypeRow{"_int8", Type::LongArray, "*", "", ""},
    TypeRow{"_float4", Type::FloatArray, "*", "", ""},
    TypeRow{"_float8", Type::DoubleArray, "*", "", ""},
    TypeRow{"spoint", Type::DoubleArray, "2", "point", "point"},
    TypeRow{"scircle", Type::DoubleArray, "3", "circle", "circle"},
    TypeRow{"spoly", Type::DoubleArray, "*", "polygon", "polygon"},
};

// What the same type of PostgreSQL may be as well, on a note's word.
struct OtherRow {
    Type type;
    Type other;
};

constexpr std::array kOthers{
    OtherRow{Type::Text, Type::Unicode},
    OtherRow{Type::Short, Type::Byte},
    OtherRow{Type::Bool, Type::Bit},
    OtherRow{Type::ShortArray, Type::ByteArray},
    OtherRow{Type::BoolArray, Type::BitArray},
    OtherRow{Type::FloatArray, Type::FloatComplex},
    OtherRow{Type::DoubleArray, Type::DoubleComplex},
};

// Names that people give to right ascension and declination.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kPairs{{
    {"ra", "dec"},
    {"raj2000", "dej2000"},
    {"ra_icrs", "de_icrs"},
    {"ra_j2000", "dec_j2000"},
    {"radeg", "dedeg"},
    {"ra_deg", "dec_deg"},
    {"s_ra", "s_dec"},
    {"_ra", "_de"},
}};

// pgSphere's form of an array of DALI; what is none becomes NULL. Nothing here depends on the
// search_path of those who write rows.
struct ShapeRow {
    std::string_view xtype;
    std::string_view pg_type;
    std::string_view expression;  // with % for the column
};

constexpr std::array kShapes{
    ShapeRow{"point", "spoint",
             "CASE WHEN cardinality(%) = 2 AND abs(%[1]) < 'infinity' AND %[2] BETWEEN -90 AND 90 "
             "THEN public.spoint(radians(%[1]), radians(%[2])) END"},
    ShapeRow{"circle", "scircle",
             "CASE WHEN cardinality(%) = 3 AND abs(%[1]) < 'infinity' AND %[2] BETWEEN -90 AND 90 "
             "AND %[3] BETWEEN 0 AND 90 "
             "THEN public.scircle(public.spoint(radians(%[1]), radians(%[2])), radians(%[3])) END"},
    ShapeRow{"polygon", "spoly", "vogate.polygon_of_array(%)"},
};

bool is_number(const SiteColumn& column) {
    return column.pg_type == "float8" || column.pg_type == "float4" || column.pg_type == "numeric";
}

class Planner {
  public:
    Planner(pg::Connection& db,
            const SiteTable& table,
            const Notes& notes,
            const PositionWish& wish)
        : db_(db), table_(table), notes_(notes), wish_(wish) {}

    Plan make() {
        plan_.description = notes_.description.empty() ? table_.comment : notes_.description;
        plan_.utype = notes_.utype;
        for (const auto& column : table_.columns)
            plan_column(column);
        if (plan_.columns.empty())
            throw Error(Code::BadRequest,
                        "no column of " + table_.name.sql() + " can be published" +
                            (plan_.remarks.empty() ? "" : ": " + plan_.remarks[0]));
        for (auto& column : plan_.columns)
            plan_shape(column);
        if (!wish_.none) plan_position();
        return std::move(plan_);
    }

  private:
    void plan_column(const SiteColumn& site) {
        if (site.name.starts_with(kOwnPrefix)) return;
        const auto known = notes_.columns.find(site.name);
        const ColumnNotes notes = known == notes_.columns.end() ? ColumnNotes{} : known->second;
        if (notes.hidden) return;
        const auto row = std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeRow& one) {
            return one.pg_type == site.pg_type;
        });
        if (row == kTypes.end()) {
            plan_.remarks.push_back("column " + site.name + " is left out: the type " +
                                    site.pg_type +
                                    " has no form in VOTable; a view may cast it to text");
            return;
        }
        PlannedColumn planned{.sql_name = site.name,
                              .tap_name = tap_column(site.name),
                              .column = {.name = site.name, .type = row->type},
                              .indexed = site.indexed,
                              .principal = notes.principal,
                              .storage = std::string(row->storage),
                              .geometry = {}};
        // A regular name is folded in queries, so its case is free.
        if (!notes.name.empty() && tap_column(site.name) == site.name &&
            tap_column(notes.name) == notes.name)
            planned.tap_name = notes.name;
        // A name with capitals was made in quotes, and is to be asked for in quotes.
        else if (site.name != to_lower(site.name))
            planned.tap_name = sql_identifier(site.name);
        auto& column = planned.column;
        column.arraysize = row->arraysize;
        column.xtype = row->xtype;
        for (const auto& other : kOthers)
            if (other.type == row->type && notes.datatype == table::datatype(other.other) &&
                row->storage.empty())
                column.type = other.other;
        const bool same = notes.datatype.empty() || notes.datatype == table::datatype(column.type);
        const bool complex = table::parts(column.type) > 1;
        if (row->storage.empty() && same && row->xtype.empty()) {
            if (table::element_type(column.type) || column.type == Type::Text ||
                column.type == Type::Unicode)
                column.arraysize = notes.arraysize.empty() && !complex ? "*" : notes.arraysize;
            column.xtype = notes.xtype;
        }
        column.unit = notes.unit;
        column.ucd = notes.ucd;
        column.utype = notes.utype;
        column.frame = notes.frame;
        column.description = notes.description.empty() ? site.comment : notes.description;
        plan_.columns.push_back(std::move(planned));
    }

    PlannedColumn* find_planned(std::string_view sql_name) {
        for (auto& column : plan_.columns)
            if (column.sql_name == sql_name) return &column;
        return nullptr;
    }

    // "vogate_pos", for ra and dec; of others with their names.
    static std::string own_name(std::string_view what) {
        return std::string(kOwnPrefix) + std::string(cut_text(what, 50));
    }

    void propose(Proposal proposal, std::string_view pg_type, const std::string& expression) {
        const auto name = sql_identifier(proposal.sql_name);
        const auto* there = table_.find_column(proposal.sql_name);
        if (there == nullptr)
            proposal.statements.push_back("ALTER TABLE " + table_.name.sql() + " ADD COLUMN " +
                                          name + " public." + std::string(pg_type) +
                                          " GENERATED ALWAYS AS (" + expression + ") STORED");
        if (there == nullptr || !there->indexed) {
            proposal.statements.push_back("CREATE INDEX ON " + table_.name.sql() + " USING gist (" +
                                          name + ')');
            proposal.statements.push_back("ANALYZE " + table_.name.sql());
        }
        plan_.proposals.push_back(std::move(proposal));
    }

    bool may_add(const std::string& what) {
        if (!table_.is_view && table_.is_owned) return true;
        plan_.remarks.push_back(
            what + " is not stored: " +
            (table_.is_view
                 ? "this is a view; publish the table below it, or give the view a column "
                   "of the type spoint"
                 : db_.user() + " does not own the table (ALTER TABLE " + table_.name.sql() +
                       " OWNER TO " + sql_identifier(db_.user()) + ")"));
        return false;
    }

    void plan_shape(PlannedColumn& planned) {
        const auto& column = planned.column;
        if (!planned.storage.empty() ||
            (column.type != Type::DoubleArray && column.type != Type::FloatArray))
            return;
        for (const auto& shape : kShapes) {
            if (shape.xtype != column.xtype) continue;
            const auto name = own_name(planned.sql_name);
            const auto* there = table_.find_column(name);
            if (there != nullptr && there->indexed) {
                planned.storage = shape.xtype;
                planned.geometry = name;
                planned.indexed = true;
                return;
            }
            const std::string what = "the " + std::string(shape.xtype) + " of " + planned.sql_name;
            if (!may_add(what)) return;
            const auto array = sql_identifier(planned.sql_name) + "::float8[]";
            std::string expression;
            for (const char c : shape.expression)
                expression += c == '%' ? "(" + array + ")" : std::string(1, c);
            propose({.words = what + " for pgSphere, with an index",
                     .statements = {},
                     .sql_name = name,
                     .ra = planned.sql_name,
                     .dec = {}},
                    shape.pg_type, expression);
        }
    }

    const PlannedColumn* find_by_ucd(std::string_view ucd) const {
        const PlannedColumn* found = nullptr;
        for (const auto& column : plan_.columns) {
            const auto words = split(column.column.ucd, ';');
            if (words.empty() || !equal_fold(trim(words[0]), ucd)) continue;
            const bool is_main = std::any_of(words.begin(), words.end(), [](std::string_view word) {
                return equal_fold(trim(word), "meta.main");
            });
            if (is_main) return &column;
            // An error or a rate is none.
            if (words.size() == 1 && found == nullptr) found = &column;
        }
        return found;
    }

    const PlannedColumn* get_wished(const std::string& name) {
        const auto* site = table_.find_column(name);
        const auto* planned = site == nullptr ? nullptr : find_planned(site->name);
        if (planned == nullptr)
            throw Error(Code::BadRequest, "--position: " + table_.name.sql() +
                                              " publishes no column \"" + name + '"');
        return planned;
    }

    void plan_position() {
        const PlannedColumn* ra = nullptr;
        const PlannedColumn* dec = nullptr;
        if (!wish_.ra.empty()) {
            ra = get_wished(wish_.ra);
            dec = get_wished(wish_.dec);
        } else {
            ra = find_by_ucd("pos.eq.ra");
            dec = find_by_ucd("pos.eq.dec");
            for (const auto& [a, b] : kPairs) {
                if (ra != nullptr && dec != nullptr) break;
                ra = find_planned(a);
                dec = find_planned(b);
            }
        }
        if (ra == nullptr || dec == nullptr) return;
        for (const auto* column : {ra, dec}) {
            const auto* site = table_.find_column(column->sql_name);
            const auto unit = table::Unit::parse(column->column.unit);
            const bool degrees =
                column->column.unit.empty() || (unit && *unit == *table::Unit::parse("deg"));
            if (!is_number(*site) || !degrees) {
                plan_.remarks.push_back("the position of " + ra->sql_name + " and " +
                                        dec->sql_name + " is not stored: " + column->sql_name +
                                        " is no number in degrees");
                return;
            }
        }
        find_or_propose(ra->sql_name, dec->sql_name);
    }

    void find_or_propose(const std::string& ra, const std::string& dec) {
        const auto direction = [&](const std::string& name) {
            return sql_identifier(name) + "::float8";
        };
        const auto point =
            "public.spoint(radians(" + direction(ra) + "), radians(" + direction(dec) + "))";
        for (const auto& column : table_.columns) {
            if (column.pg_type != "spoint" || (!column.indexed && !table_.is_view)) continue;
            // Whether it is theirs: a generated column always, another by a look at some rows.
            const auto other =
                db_.exec("SELECT count(*) FROM (SELECT * FROM " + table_.name.sql() +
                         " LIMIT 1000) AS t WHERE NOT coalesce(" + sql_identifier(column.name) +
                         " <-> " + point + " < 1e-9, true)");
            if (other.integer(0, 0) > 0) continue;
            plan_.positions.push_back({ra, dec, column.name});
            find_planned(ra)->indexed = find_planned(dec)->indexed = true;
            return;
        }
        if (!may_add("the position of " + ra + " and " + dec)) return;
        const auto name = own_name(ra == "ra" && dec == "dec" ? "pos" : "pos_" + ra);
        propose({.words = "a stored position of " + ra + " and " + dec + ", with a spatial index",
                 .statements = {},
                 .sql_name = name,
                 .ra = ra,
                 .dec = dec},
                "spoint",
                "CASE WHEN abs(" + direction(ra) + ") < 'infinity' AND abs(" + direction(dec) +
                    ") < 'infinity' THEN " + point + " END");
    }

    pg::Connection& db_;
    const SiteTable& table_;
    const Notes& notes_;
    const PositionWish& wish_;
    Plan plan_;
};

}  // namespace

Plan make_plan(pg::Connection& db,
               const SiteTable& table,
               const Notes& notes,
               const PositionWish& wish) {
    return Planner(db, table, notes, wish).make();
}

}  // namespace vo::vogate::publish
