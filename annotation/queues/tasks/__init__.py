"""The kinds of tasks that people work on, one a file."""

from winnow.annotation.queues.tasks.base import TASKS, ReadAnswers, Task, View, item_id, task_id
from winnow.annotation.queues.tasks.checklist import Checklist
from winnow.annotation.queues.tasks.edit import EDIT, Edit
from winnow.annotation.queues.tasks.pairwise import Pairwise
from winnow.annotation.queues.tasks.ranking import Ranking
from winnow.annotation.queues.tasks.ratings import Ratings
from winnow.annotation.queues.tasks.rubric_review import RubricReview

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
