//! Verdicts as `JUnit` XML, which CI servers read: a suite a scenario, a case a promise.

use crate::experiment::{CheckReport, Verdict};
use crate::report::verdicts::{found, promised};
use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

/// The XML of all verdicts. Undecided is a failure too: it must not pass unseen.
///
/// # Errors
/// If a name cannot be written in XML.
pub fn junit(reports: &[(String, CheckReport)]) -> Result<String, SerializeError> {
    let mut all = Report::new("sparksim check");
    for (name, report) in reports {
        let mut suite = TestSuite::new(name.as_str());
        for checked in &report.checked {
            let status = match checked.verdict {
                Verdict::Pass => TestCaseStatus::success(),
                Verdict::Undecided | Verdict::Fail => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status
                        .set_message(found(checked))
                        .set_type(checked.verdict.name());
                    status
                }
            };
            let mut case = TestCase::new(promised(checked), status);
            case.set_classname(name.as_str());
            suite.add_test_case(case);
        }
        all.add_test_suite(suite);
    }
    all.to_string()
}
