"""When a call to AWS is tried again, and after which wait: as pulumi-aws does it.

25 attempts (``max_retries``, ``website/docs/index.html.markdown`` of hashicorp/terraform-provider-aws) with waits that
double up to 300 seconds and no limit on retries over all calls (``aws_config.go`` of hashicorp/aws-sdk-go-base).
botocore's own retries have a shorter wait, and such a limit; of them only the question what is worth a retry is used.
"""

import random
from typing import Any

from botocore.exceptions import EndpointConnectionError
from botocore.retries.standard import RetryEventAdapter, StandardRetryConditions

from ..retries import attempts, base_seconds, told

ATTEMPTS = 25
LONGEST = 300.0
"""The longest wait, times the base."""
MOTO_FAILED = "500"
"""What botocore makes of moto's page for people, where AWS names an error. Another attempt would only meet it again."""


class Patience:
    """Raises ApiError for a variable of the environment that has a wrong value."""

    def __init__(self) -> None:
        self.most = attempts("AWS_MAX_ATTEMPTS", ATTEMPTS)
        self._base = base_seconds()
        self._worth, self._adapter = StandardRetryConditions(max_attempts=self.most), RetryEventAdapter()

    def wait(self, *, attempts: int, caught_exception: Exception | None, **event: Any) -> float | None:
        """Seconds until the next attempt, after ``attempts`` that failed; None when the last answer counts.

        A refused connection counts at once: on this machine it means that no sandbox runs.
        """
        context = self._adapter.create_retry_context(attempts=attempts, caught_exception=caught_exception, **event)
        given_up = isinstance(caught_exception, EndpointConnectionError) or context.get_error_code() == MOTO_FAILED
        if not given_up and self._worth.is_retryable(context):
            return self._base * min(LONGEST, random.random() * 2**attempts)  # noqa: S311 - spreads calls, hides nothing
        if caught_exception is not None:
            caught_exception.add_note(told(attempts))
        return None
