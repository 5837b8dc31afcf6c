"""Routes of Argilla's API that tell an annotator's key too much, or let passwords be tried, with a guard before them.

Loaded inside the Argilla server's environment, like `inside.py`. Argilla gives every member of a workspace each record with
everybody's responses and the metadata that annotators are not to see, lets them filter by that metadata, and tells
them who has answered how much. Owners and admins see all of it as before, and when somebody last answered. Where an
annotator gets a new password, the old key ends with the old one.
"""

import math
import secrets
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from argilla_server.api.handlers.v1 import authentication, records, users
from argilla_server.api.handlers.v1.datasets import datasets
from argilla_server.api.handlers.v1.datasets import records as searching
from argilla_server.api.policies.v1 import (
    DatasetPolicy,
    MetadataPropertyPolicy,
    authorize,
    is_authorized,
)
from argilla_server.api.schemas.v1.datasets import UserProgress
from argilla_server.api.schemas.v1.oauth2 import Token
from argilla_server.api.schemas.v1.records import (
    MetadataFilterScope,
    RecordIncludeParam,
    SearchRecordsQuery,
    SearchRecordsResult,
)
from argilla_server.api.schemas.v1.records import Record as RecordSchema
from argilla_server.api.schemas.v1.users import User as UserSchema
from argilla_server.api.schemas.v1.users import UserUpdate
from argilla_server.database import get_async_db
from argilla_server.models import Dataset, MetadataProperty, Record, Response, User
from argilla_server.search_engine import SearchEngine, get_search_engine
from argilla_server.security import auth
from argilla_server.telemetry import TelemetryClient, get_telemetry_client
from fastapi import APIRouter, Depends, FastAPI, Form, Query, Request, Security
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.routing import BaseRoute

router = APIRouter()

Session = Annotated[AsyncSession, Depends(get_async_db)]
Someone = Annotated[User, Security(auth.get_current_user)]


def guard(api: FastAPI, login_attempts: Any) -> None:
    """Put the guarded routes in the place of Argilla's own.

    Args:
        api: Argilla's API.
        login_attempts: A `LoginAttempts`, which this file cannot import by its whole name.
    """
    api.state.login_attempts = login_attempts
    ours = {_place(route) for route in router.routes}
    theirs = [route for route in api.router.routes if _place(route) not in ours]
    api.router.routes[:] = [*router.routes, *theirs]


def _place(route: BaseRoute) -> tuple[str, ...]:
    return (route.path, *sorted(route.methods)) if isinstance(route, APIRoute) else ()


@router.post("/token", status_code=201, response_model=Token)
async def create_token(
    request: Request,
    db: Session,
    username: Annotated[str, Form()],
    password: Annotated[str, Form()],
) -> Any:
    """Take a password, after a pause that grows with every wrong one."""
    address = request.client.host if request.client else ""
    attempts = request.app.state.login_attempts
    if seconds := math.ceil(attempts.begin(username, address)):
        return JSONResponse(
            {"detail": f"too many wrong passwords: try again in {seconds} s"},
            status_code=429,
            headers={"Retry-After": str(seconds)},
        )
    token = await authentication.create_token(db=db, username=username, password=password)
    attempts.succeeded(username, address)
    return token


@router.get("/records/{record_id}", response_model=RecordSchema)
async def get_record(db: Session, record_id: UUID, someone: Someone) -> Any:
    """Return a record; an annotator gets their own response, and the metadata that annotators see."""
    record = await records.get_record(db=db, record_id=record_id, current_user=someone)
    if await _sees_all(someone, record.dataset):
        return record
    await record.dataset.awaitable_attrs.metadata_properties
    shown = RecordSchema.model_validate(record)
    shown.responses = [r for r in shown.responses or () if r.user_id == someone.id]
    shown.metadata = await searching._filter_record_metadata_for_user(record, someone)
    return shown


@router.post(
    "/me/datasets/{dataset_id}/records/search",
    response_model=SearchRecordsResult,
    response_model_exclude_unset=True,
)
async def search_records(
    db: Session,
    engine: Annotated[SearchEngine, Depends(get_search_engine)],
    telemetry: Annotated[TelemetryClient, Depends(get_telemetry_client)],
    dataset_id: UUID,
    body: SearchRecordsQuery,
    someone: Someone,
    include: Annotated[
        RecordIncludeParam | None, Depends(searching.parse_record_include_param)
    ] = None,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=searching.LIST_DATASET_RECORDS_LIMIT_LE)] = (
        searching.LIST_DATASET_RECORDS_LIMIT_DEFAULT
    ),
) -> Any:
    """Search a queue; an annotator asks for nothing of the metadata that annotators do not see."""
    data_set = await Dataset.get_or_raise(db, dataset_id)
    if not await _sees_all(someone, data_set):
        await _check_metadata(db, someone, dataset_id, body)
    return await searching.search_current_user_dataset_records(
        db=db,
        search_engine=engine,
        telemetry_client=telemetry,
        dataset_id=dataset_id,
        body=body,
        include=include,
        offset=offset,
        limit=limit,
        current_user=someone,
    )


@router.patch("/users/{user_id}", response_model=UserSchema)
async def update_user(db: Session, user_id: UUID, user_update: UserUpdate, someone: Someone) -> Any:
    """Change an account; an annotator's new password brings a new key: whoever knew the old password may know the old key."""
    user = await users.update_user(
        db=db, user_id=user_id, user_update=user_update, current_user=someone
    )
    if user.is_annotator and user_update.password is not None:
        await user.update(db, api_key=secrets.token_urlsafe(48))
    return user


class PersonProgress(UserProgress):
    """How far a person is, and when they last answered, in UTC: Argilla itself does not tell when."""

    last_active_at: datetime


class UsersProgress(BaseModel):
    """How far each person is who answered anything."""

    users: list[PersonProgress]


@router.get("/datasets/{dataset_id}/users/progress", response_model=UsersProgress)
async def get_progress_of_users(db: Session, dataset_id: UUID, someone: Someone) -> Any:
    """Say who has answered how much, and when last, to whom it concerns."""
    data_set = await Dataset.get_or_raise(db, dataset_id)
    await authorize(someone, DatasetPolicy.list_records_with_all_responses(data_set))
    found = await datasets.get_dataset_users_progress(
        db=db, dataset_id=dataset_id, current_user=someone
    )
    last = await db.execute(
        select(User.username, func.max(Response.updated_at))
        .join(Response, Response.user_id == User.id)
        .join(Record, Record.id == Response.record_id)
        .where(Record.dataset_id == dataset_id)
        .group_by(User.username)
    )
    when: dict[str, datetime] = dict(last.tuples().all())
    people = [{**user.model_dump(), "last_active_at": when[user.username]} for user in found.users]
    return UsersProgress.model_validate({"users": people})


async def _sees_all(someone: User, data_set: Dataset) -> bool:
    return bool(
        await is_authorized(someone, DatasetPolicy.list_records_with_all_responses(data_set))
    )


async def _check_metadata(
    db: AsyncSession, someone: User, dataset_id: UUID, body: SearchRecordsQuery
) -> None:
    """Refuse to filter or to sort by metadata that somebody may not see: what is found would tell what it says."""
    asked = [*(body.filters.and_ if body.filters else ()), *(body.sort or ())]
    scopes = (part.scope for part in asked)
    for name in {s.metadata_property for s in scopes if isinstance(s, MetadataFilterScope)}:
        found = await MetadataProperty.get_by(db, name=name, dataset_id=dataset_id)
        if found is not None:
            await found.awaitable_attrs.dataset
            await authorize(someone, MetadataPropertyPolicy.get(found))
