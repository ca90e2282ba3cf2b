// SPDX-License-Identifier: Apache-2.0
// Notes from files, to and from the database.
#include "notes.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "doc/xml_reader.h"
#include "table/frame.h"
#include "table/ucd.h"
#include "table/unit.h"
#include "table/votable_header.h"

namespace vo::vogate::publish {

namespace {

constexpr std::size_t kMostColumns = 1600;  // PostgreSQL's

struct Key {
    std::string_view name;
    std::string ColumnNotes::*member;
};

constexpr std::array kKeys{
    Key{"name", &ColumnNotes::name},           Key{"datatype", &ColumnNotes::datatype},
    Key{"arraysize", &ColumnNotes::arraysize}, Key{"xtype", &ColumnNotes::xtype},
    Key{"unit", &ColumnNotes::unit},           Key{"ucd", &ColumnNotes::ucd},
    Key{"utype", &ColumnNotes::utype},         Key{"description", &ColumnNotes::description},
    Key{"frame", &ColumnNotes::frame},
};

std::string find_unit_fault(const std::string& unit) {
    return table::Unit::parse(unit) ? "" : '"' + unit + "\" is no unit of VOUnits";
}

std::string find_frame_fault(const std::string& frame) {
    std::string known;
    for (const auto& one : table::frames()) {
        if (one.key == frame) return {};
        known += (known.empty() ? "" : ", ") + std::string(one.key);
    }
    return '"' + frame + "\" is none of " + known;
}

struct Check {
    std::string_view key;
    std::string (*find_fault)(const std::string& value);
};

constexpr std::array kChecks{
    Check{"unit", find_unit_fault},
    Check{"ucd", [](const std::string& value) { return table::find_ucd_fault(value); }},
    Check{"frame", find_frame_fault},
};

std::string find_fault(std::string_view key, const std::string& value) {
    for (const auto& check : kChecks)
        if (check.key == key) return check.find_fault(value);
    return {};
}

// The text file.
class TextFile {
  public:
    TextFile(Notes& notes, const std::string& path, const SiteTable& table)
        : notes_(notes), path_(path), table_(table) {}

    void read(std::istream& in) {
        std::string line;
        while (std::getline(in, line)) {
            ++line_;
            const auto text = trim(line);
            if (text.empty() || text.starts_with('#')) continue;
            if (text.starts_with('[') && text.ends_with(']')) {
                begin_column(std::string(trim(text.substr(1, text.size() - 2))));
                continue;
            }
            const auto equals = text.find('=');
            if (equals == std::string_view::npos) fail("neither \"[column]\" nor \"key = value\"");
            set(std::string(trim(text.substr(0, equals))),
                std::string(trim(text.substr(equals + 1))));
        }
    }

  private:
    [[noreturn]] void fail(const std::string& words) const {
        throw Error(Code::BadRequest, path_ + ':' + std::to_string(line_) + ": " + words);
    }

    void begin_column(const std::string& name) {
        const auto* column = table_.find_column(name);
        if (column == nullptr) {
            std::vector<std::string_view> names;
            for (const auto& one : table_.columns)
                names.push_back(one.name);
            const auto near = nearest(name, names);
            fail("the table has no column \"" + name + '"' +
                 (near ? "; did you mean " + *near + "?" : ""));
        }
        column_ = &notes_.columns[column->name];
    }

    void set(const std::string& key, const std::string& value) {
        if (const auto fault = find_fault(key, value); !value.empty() && !fault.empty())
            fail(fault);
        if (column_ == nullptr) {
            if (key != "description" && key != "utype")
                fail("of the table itself there are description and utype; " + key +
                     " belongs below a [column]");
            (key == "utype" ? notes_.utype : notes_.description) = value;
            return;
        }
        for (const auto& one : kKeys)
            if (one.name == key) {
                column_->*one.member = value;
                return;
            }
        if (key != "publish" && key != "principal") {
            std::string known;
            for (const auto& one : kKeys)
                known += std::string(one.name) + ", ";
            fail("of a column there are " + known + "principal and publish, and no \"" + key + '"');
        }
        if (value != "yes" && value != "no") fail(key + " is yes or no, not \"" + value + '"');
        if (key == "publish")
            column_->hidden = value == "no";
        else
            column_->principal = value == "yes";
    }

    Notes& notes_;
    const std::string& path_;
    const SiteTable& table_;
    ColumnNotes* column_ = nullptr;
    int line_ = 0;
};

void read_votable(Notes& notes,
                  const std::string& path,
                  const SiteTable& table,
                  std::vector<std::string>& warnings) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) throw Error(Code::BadRequest, path + ": " + std::strerror(errno));
    table::Table header;
    try {
        doc::XmlReader xml(file);
        header = table::read_votable_header(xml, kMostColumns).table;
    } catch (const Error& error) {
        ::close(file);
        throw Error(error.code(), path + ": " + error.what());
    }
    ::close(file);
    if (!header.description.empty()) notes.description = header.description;
    for (const auto& field : header.columns) {
        const auto* column = table.find_column(field.name);
        if (column == nullptr) {
            warnings.push_back("the FIELD \"" + field.name + "\" is about no column of the table");
            continue;
        }
        auto& known = notes.columns[column->name];
        auto fresh = make_notes(field, warnings);
        for (const auto& key : kKeys)
            if (!(fresh.*key.member).empty()) known.*key.member = fresh.*key.member;
        if (!equal_fold(known.name, column->name)) known.name.clear();
    }
}

}  // namespace

ColumnNotes make_notes(const table::Column& column, std::vector<std::string>& warnings) {
    ColumnNotes notes{.name = column.name,
                      .datatype = std::string(table::datatype(column.type)),
                      .arraysize = column.arraysize,
                      .xtype = column.xtype,
                      .unit = column.unit,
                      .ucd = column.ucd,
                      .utype = column.utype,
                      .description = column.description,
                      .frame = column.frame};
    for (const auto& check : kChecks)
        for (const auto& key : kKeys) {
            if (key.name != check.key || (notes.*key.member).empty()) continue;
            const auto fault = check.find_fault(notes.*key.member);
            if (fault.empty()) continue;
            warnings.push_back("column " + column.name + ": " + fault + "; it is left out");
            (notes.*key.member).clear();
        }
    return notes;
}

void read_notes_file(Notes& notes,
                     const std::string& path,
                     const SiteTable& table,
                     std::vector<std::string>& warnings) {
    std::ifstream in(path);
    if (!in) throw Error(Code::BadRequest, path + ": cannot be read");
    if ((in >> std::ws).peek() == '<') {
        in.close();
        read_votable(notes, path, table, warnings);
        return;
    }
    // From the first line on, for the numbers of lines.
    in.seekg(0);
    TextFile(notes, path, table).read(in);
}

Notes read_notes(pg::Connection& db, const TableName& name) {
    Notes notes;
    const auto table = db.exec(
        "SELECT description, utype FROM vogate.site_table WHERE schema_name = $1 AND table_name = "
        "$2",
        {name.schema, name.table});
    if (table.rows() > 0) {
        notes.description = table.text(0, 0);
        notes.utype = table.text(0, 1);
    }
    const auto rows = db.exec(
        "SELECT column_name, name, datatype, arraysize, xtype, unit, ucd, utype, description, "
        "frame, "
        "principal, hidden FROM vogate.site_column WHERE schema_name = $1 AND table_name = $2",
        {name.schema, name.table});
    for (int i = 0; i < rows.rows(); ++i) {
        auto& column = notes.columns[std::string(rows.text(i, 0))];
        for (std::size_t k = 0; k < kKeys.size(); ++k)
            column.*kKeys[k].member = std::string(rows.text(i, static_cast<int>(k) + 1));
        column.principal = rows.boolean(i, 10);
        column.hidden = rows.boolean(i, 11);
    }
    return notes;
}

void store_notes(pg::Connection& db, const TableName& name, const Notes& notes) {
    for (const auto* table : {"site_table", "site_column"})
        db.exec(std::string("DELETE FROM vogate.") + table +
                    " WHERE schema_name = $1 AND table_name = $2",
                {name.schema, name.table});
    db.exec("INSERT INTO vogate.site_table VALUES ($1, $2, nullif($3, ''), nullif($4, ''))",
            {name.schema, name.table, notes.utype, notes.description});
    for (const auto& [column_name, column] : notes.columns) {
        std::vector<pg::Param> values{name.schema, name.table, column_name};
        for (const auto& key : kKeys)
            values.emplace_back(column.*key.member);
        values.emplace_back(column.principal);
        values.emplace_back(column.hidden);
        db.exec(
            "INSERT INTO vogate.site_column (schema_name, table_name, column_name, name, datatype, "
            "arraysize, xtype, unit, ucd, utype, description, frame, principal, hidden) VALUES "
            "($1, "
            "$2, $3, nullif($4, ''), nullif($5, ''), nullif($6, ''), nullif($7, ''), nullif($8, "
            "''), "
            "nullif($9, ''), nullif($10, ''), nullif($11, ''), nullif($12, ''), $13, $14)",
            values);
    }
}

}  // namespace vo::vogate::publish
