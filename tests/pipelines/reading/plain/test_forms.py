from winnow.pipelines.reading.plain.forms import FormKey, RowForms
from winnow.pipelines.reading.plain.keys import Objects, Types
from winnow.pipelines.reading.plain.news import Learned, Profile
from winnow.pipelines.reading.usage import Usage

N = 10_000


def test_of_rows_that_all_have_a_form_of_their_own_most_share_one_and_are_read_alone() -> None:
    planned: list[Types] = []

    def plan(types: Types) -> bool:
        planned.append(types)
        return True

    forms = RowForms(plan)
    usual = {"prompt": "one"}
    (first,) = forms.of(Objects([usual]))
    found = forms.of(Objects({f"key {i}": "one"} for i in range(N)))
    assert len(planned) < N / 2
    assert len({id(form) for form in found}) <= len(planned) + 1
    assert not found[-1].plan
    assert forms.of(Objects([usual])) == [first]


def test_of_profiles_that_are_all_their_own_no_more_are_learned_than_there_are_forms() -> None:
    learned = Learned(Usage())
    profiles = [Profile(frozenset({("", _key(i))}), {}) for i in range(N)]
    for profile in profiles:
        learned.add(profile)
    news = [learned.first_news(profile, {}) for profile in profiles]
    assert news[0] is None
    assert news[-1] == 0


def _key(i: int) -> FormKey:
    return (f"key {i}", str)


def test_a_column_is_news_from_the_first_row_on_that_shows_something_in_it() -> None:
    usage = Usage()
    learned = Learned(usage)
    profile = Profile(frozenset({("", _key(1))}), {("", "key 1"): 3})
    learned.add(profile)
    assert learned.first_news(profile, {}) == 3
    usage.see({"key 1": "something"})
    assert learned.first_news(profile, {}) is None
    assert learned.first_news(profile, {"left": 5}) == 5
