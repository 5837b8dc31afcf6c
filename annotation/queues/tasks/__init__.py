"""The kinds of tasks that people work on, one a file."""

from annotation.queues.tasks.base import TASKS, ReadAnswers, Task, View, item_id, task_id
from annotation.queues.tasks.checklist import Checklist
from annotation.queues.tasks.edit import EDIT, Edit
from annotation.queues.tasks.pairwise import Pairwise
from annotation.queues.tasks.ranking import Ranking
from annotation.queues.tasks.ratings import Ratings
from annotation.queues.tasks.rubric_review import RubricReview

__all__ = [
    "EDIT",
    "TASKS",
    "Checklist",
    "Edit",
    "Pairwise",
    "Ranking",
    "Ratings",
    "ReadAnswers",
    "RubricReview",
    "Task",
    "View",
    "item_id",
    "task_id",
]
